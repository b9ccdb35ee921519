"""Defines the clip record: one `tf.train.Example` per clip, written by `prepare`.

Images are stored encoded, one bytes value per frame, so that a reader decodes only
the frames it samples. The scalar summaries are what data validation looks at.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
import tensorflow as tf

# Of every record, empty for tasks without labels.
_TASK_SCALARS = (("max_label", tf.int64), ("label_fractions", tf.float32))
_SCALARS = ("num_frames", "height", "width", "num_planes", "frame_stride")
_IMAGE_LISTS = ("frames", "conditions", "instances", "keypoints", "flows")
# Fast to write, and within a few percent of the smallest files.
_PNG_COMPRESSION = 3


@dataclass(frozen=True)
class ClipSummary:
    """Scalars that describe a clip without looking into its pixels.

    Attributes:
        mean_luma: mean luma of the frames, [0, 1].
        black_fraction: share of pixels with a luma below 16/255.
        flow_p95: 95th percentile of the flow's length, pixels of the record, on
            every fourth row and column; None for a single frame.
        confident_fraction: mean confidence of the flow; None where there is no flow.
        task_scalars: scalars that the task adds, by name, see `Task.scalars`.
    """

    mean_luma: float
    black_fraction: float
    flow_p95: float | None = None
    confident_fraction: float | None = None
    task_scalars: Mapping[str, int | float | tuple[float, ...]] = field(
        default_factory=dict
    )

    def get(self, feature: str) -> int | float | tuple[float, ...] | None:
        """Returns a scalar by its name, None for one that is not there."""
        if feature in self.task_scalars:
            return self.task_scalars[feature]
        return getattr(self, feature, None)


@dataclass(frozen=True)
class ClipRecord:
    """Holds one clip, its images encoded (features of the same names in the record).

    Attributes:
        clip_id: `sequence@start`, see `clip_id`.
        task: name of the task.
        height: height of the frames, pixels.
        width: width of the frames, pixels.
        num_planes: P, planes of a condition.
        frames: T encoded RGB frames (PNG or JPEG).
        conditions: T grey PNGs of P * height rows, see `encode_planes`.
        instances: T 16-bit grey PNGs, or empty.
        keypoints: T OpenPose JSON texts, or empty.
        flows: T - 1 KITTI 16-bit PNGs, flow of frame t to t - 1.
        source_size: (height, width) of the source.
        crop: (y0, y1, x0, x1) in source pixels that the record shows.
        summary: scalars for data validation.
        frame_stride: step between the frames in the source.
        fps: frames per second; None where the source does not say.
    """

    clip_id: str
    task: str
    height: int
    width: int
    num_planes: int
    frames: tuple[bytes, ...]
    conditions: tuple[bytes, ...]
    instances: tuple[bytes, ...]
    keypoints: tuple[bytes, ...]
    flows: tuple[bytes, ...]
    source_size: tuple[int, int]
    crop: tuple[int, int, int, int]
    summary: ClipSummary
    frame_stride: int = 1
    fps: float | None = None

    def __post_init__(self) -> None:
        expected = {
            "conditions": (len(self.frames),),
            "instances": (0, len(self.frames)),
            "keypoints": (0, len(self.frames)),
            "flows": (len(self.frames) - 1,),
        }
        for name, lengths in expected.items():
            if len(getattr(self, name)) not in lengths:
                raise ValueError(
                    f"clip {self.clip_id}: {len(self.frames)} frames, but "
                    f"{len(getattr(self, name))} {name}"
                )


def clip_id(sequence: str, start: int) -> str:
    """Returns the id of the clip of `sequence` whose first frame is `start`."""
    return f"{sequence}@{start:06d}"


def sequence_of(clip_id: str) -> str:
    """Returns the name of the sequence that a clip is of."""
    return clip_id.rpartition("@")[0]


def encode_frame(frame: np.ndarray, image_format: str, jpeg_quality: int) -> bytes:
    """Encodes a frame.

    Args:
        frame: uint8 [H, W, 3], RGB.
        image_format: `png` or `jpeg`.
        jpeg_quality: 1 .. 100.
    """
    bgr = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
    if image_format == "jpeg":
        return _encode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, jpeg_quality])
    return _encode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION])


def encode_planes(planes: np.ndarray) -> bytes:
    """Encodes planes as one grey PNG, of 8 or 16 bits, stacked downwards: P*H x W.

    Args:
        planes: uint8 or uint16 [H, W, P].
    """
    height, width, num_planes = planes.shape
    stacked = planes.transpose(2, 0, 1).reshape(num_planes * height, width)
    return _encode(".png", stacked, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION])


def encode_instances(instances: np.ndarray) -> bytes:
    """Encodes uint16 [H, W] as a 16-bit grey PNG."""
    return _encode(
        ".png",
        instances.astype(np.uint16, copy=False),
        [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION],
    )


def to_example(clip: ClipRecord) -> tf.train.Example:
    """Returns the record of a clip, which `serialize` turns into bytes."""
    summary = clip.summary
    features = {
        "clip_id": _bytes([clip.clip_id.encode()]),
        "task": _bytes([clip.task.encode()]),
        "num_frames": _ints([len(clip.frames)]),
        "height": _ints([clip.height]),
        "width": _ints([clip.width]),
        "num_planes": _ints([clip.num_planes]),
        "frame_stride": _ints([clip.frame_stride]),
        "source_height": _ints([clip.source_size[0]]),
        "source_width": _ints([clip.source_size[1]]),
        "crop": _ints(clip.crop),
        "frames": _bytes(clip.frames),
        "conditions": _bytes(clip.conditions),
        "instances": _bytes(clip.instances),
        "keypoints": _bytes(clip.keypoints),
        "flows": _bytes(clip.flows),
        "mean_luma": _floats([summary.mean_luma]),
        "black_fraction": _floats([summary.black_fraction]),
        "flow_p95": _floats(_present(summary.flow_p95)),
        "confident_fraction": _floats(_present(summary.confident_fraction)),
        **{name: _task_scalar(name, ()) for name, _ in _TASK_SCALARS},
        **{name: _task_scalar(name, v) for name, v in summary.task_scalars.items()},
    }
    if clip.fps is not None:
        features["fps"] = _floats([clip.fps])
    return tf.train.Example(features=tf.train.Features(feature=features))


def serialize(clip: ClipRecord) -> bytes:
    """Returns the record's bytes: the same in every process."""
    # Map entries have no order of their own.
    return to_example(clip).SerializeToString(deterministic=True)


def feature_spec() -> dict[str, tf.io.FixedLenFeature | tf.io.FixedLenSequenceFeature]:
    """Returns the parsing spec of every feature; lists that may be empty are 1-D."""
    spec: dict = {name: tf.io.FixedLenFeature([], tf.int64) for name in _SCALARS}
    spec |= {name: tf.io.FixedLenFeature([], tf.string) for name in ("clip_id", "task")}
    spec |= {name: _list_feature(tf.string) for name in _IMAGE_LISTS}
    spec |= {
        "source_height": tf.io.FixedLenFeature([], tf.int64),
        "source_width": tf.io.FixedLenFeature([], tf.int64),
        "crop": tf.io.FixedLenFeature([4], tf.int64),
        "mean_luma": tf.io.FixedLenFeature([], tf.float32),
        "black_fraction": tf.io.FixedLenFeature([], tf.float32),
        "flow_p95": _list_feature(tf.float32),
        "confident_fraction": _list_feature(tf.float32),
        "fps": _list_feature(tf.float32),
        **{name: _list_feature(dtype) for name, dtype in _TASK_SCALARS},
    }
    return spec


def parse_example(serialized: tf.Tensor) -> dict[str, tf.Tensor]:
    """Parses one record in the graph.

    Args:
        serialized: string scalar.

    Returns:
        The features by name: scalars, `crop` int64 [4], and 1-D string tensors of
        encoded images ([T], [T - 1] for `flows`, [0] for what the task lacks).
    """
    return tf.io.parse_single_example(serialized, feature_spec())


def decode_frame(encoded: tf.Tensor) -> tf.Tensor:
    """Decodes a frame, PNG or JPEG, to uint8 [H, W, 3]."""
    return tf.io.decode_image(encoded, channels=3, expand_animations=False)


def decode_planes(
    encoded: tf.Tensor, num_planes: int, dtype: tf.DType = tf.uint8
) -> tf.Tensor:
    """Decodes a condition to `dtype` [H, W, P]; the inverse of `encode_planes`."""
    stacked = tf.io.decode_png(encoded, channels=1, dtype=dtype)
    shape = tf.shape(stacked)
    planes = tf.reshape(stacked, [num_planes, shape[0] // num_planes, shape[1]])
    return tf.transpose(planes, [1, 2, 0])


def decode_instances(encoded: tf.Tensor) -> tf.Tensor:
    """Decodes an instance map to int32 [H, W]."""
    ids = tf.io.decode_png(encoded, channels=1, dtype=tf.uint16)
    return tf.cast(ids[..., 0], tf.int32)


def _encode(suffix: str, image: np.ndarray, options: Sequence[int]) -> bytes:
    encoded, data = cv2.imencode(suffix, image, options)
    if not encoded:
        raise ValueError(f"cannot encode {image.dtype} {image.shape} as {suffix}")
    return data.tobytes()


def _present(value: float | int | None) -> list:
    return [] if value is None else [value]


def _task_scalar(name: str, value: int | float | tuple[float, ...]) -> tf.train.Feature:
    values = value if isinstance(value, tuple) else (value,)
    # A list without values is of the type of its feature.
    is_integer = (name, tf.int64) in _TASK_SCALARS or (
        bool(values) and all(isinstance(number, int) for number in values)
    )
    return _ints(values) if is_integer else _floats(values)


def _list_feature(dtype: tf.DType) -> tf.io.FixedLenSequenceFeature:
    return tf.io.FixedLenSequenceFeature([], dtype, allow_missing=True)


def _bytes(values: Sequence[bytes]) -> tf.train.Feature:
    return tf.train.Feature(bytes_list=tf.train.BytesList(value=values))


def _ints(values: Sequence[float]) -> tf.train.Feature:
    return tf.train.Feature(int64_list=tf.train.Int64List(value=map(int, values)))


def _floats(values: Sequence[float]) -> tf.train.Feature:
    return tf.train.Feature(float_list=tf.train.FloatList(value=values))
