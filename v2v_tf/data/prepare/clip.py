"""Reads one clip of a sequence frame by frame, and encodes it to its record."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, fields

import cv2
import numpy as np

from v2v_tf.config import Config
from v2v_tf.data import flow as flows
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.clip import ClipRecord, ClipSummary
from v2v_tf.data.records.rules import check_summary
from v2v_tf.data.sources.base import SequenceReader, SourceFrame
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry
from v2v_tf.tasks.registry import task_of

# A record is one protocol buffer, which holds less than 2 GiB.
MAX_RECORD_BYTES = 1_900_000_000
_BLACK_LUMA = 16
# Every fourth row and column tells the distribution of the flow's length.
_FLOW_STEP = 4


@dataclass(frozen=True)
class ClipSpan:
    """Names frames `start` up to but without `stop` of a sequence."""

    start: int
    stop: int


def split_frames(num_frames: int, max_frames: int) -> list[ClipSpan]:
    """Cuts a sequence into the fewest clips of at most `max_frames` frames.

    The clips differ by one frame at most, so that no short rest is lost.
    """
    num_clips = -(-num_frames // max_frames)
    bounds = [num_frames * i // num_clips for i in range(num_clips + 1)]
    return [ClipSpan(*pair) for pair in itertools.pairwise(bounds)]


@dataclass(frozen=True)
class PreparedClip:
    """Holds a clip and its entry in the manifest.

    Attributes:
        clip: the clip.
        label_counts: pixels per value of plane 0, or empty, see `ClipStatistics`.
    """

    clip: ClipRecord
    label_counts: tuple[int, ...]


def prepare_clip(
    sequence: str,
    span: ClipSpan,
    reader: SequenceReader,
    conditioning: Conditioning,
    config: Config,
) -> PreparedClip:
    """Reads, draws and encodes one clip; holds two raw frames at most.

    The geometry comes from the clip's own first frame (method.md 2.4).

    Args:
        sequence: name of the sequence.
        span: frames of the clip in its sequence.
        reader: reader of the sequence.
        conditioning: conditioning of the task.
        config: encoding, flow preset and confidence threshold.

    Raises:
        InputError: a frame cannot be read or used, and its file is named; the clip is
            too large for a record, or breaks a rule of `clip_rules`.
    """
    builder = _ClipBuilder(conditioning, config)
    for index in range(span.start, span.stop):
        source = reader.read(index)
        try:
            builder.add(source)
        except InputError as error:
            message = str(error)
            if source.path not in message:
                message = f"{source.path}: {message}"
            raise InputError(message) from error
        if builder.num_bytes > MAX_RECORD_BYTES:
            raise InputError(
                f"{index - span.start + 1} of {span.stop - span.start} frames fill "
                f"{MAX_RECORD_BYTES / 1e9:g} GB, the most that a record can hold: "
                "lower data.max_frames_per_record"
            )
    return builder.finish(clip_record.clip_id(sequence, span.start))


@dataclass
class _Encoded:
    frames: list[bytes] = field(default_factory=list)
    conditions: list[bytes] = field(default_factory=list)
    instances: list[bytes] = field(default_factory=list)
    keypoints: list[bytes] = field(default_factory=list)
    flows: list[bytes] = field(default_factory=list)

    @property
    def num_bytes(self) -> int:
        lists = (getattr(self, kind.name) for kind in fields(self))
        return sum(len(value) for values in lists for value in values)


class _ClipBuilder:
    """Encodes frames as they come and keeps running statistics."""

    def __init__(self, conditioning: Conditioning, config: Config) -> None:
        self._conditioning = conditioning
        self._config = config
        self._encoded = _Encoded()
        self._geometry: Geometry | None = None
        self._previous: np.ndarray | None = None
        self._lumas: list[float] = []
        self._blacks: list[float] = []
        self._lengths: list[np.ndarray] = []
        self._confidences: list[float] = []
        self._statistics = task_of(config).statistics(config)

    @property
    def num_bytes(self) -> int:
        """Returns the size of all that is encoded so far, bytes."""
        return self._encoded.num_bytes

    def add(self, source: SourceFrame) -> None:
        """Draws and encodes the next frame."""
        if self._geometry is None:
            self._geometry = self._conditioning.plan(source.raw)
        drawn = self._conditioning.draw(source.raw, self._geometry)
        if drawn.frame is None:
            raise InputError("a clip record needs the frame itself, got none")
        self._add_images(drawn, source)
        if self._previous is not None:
            self._add_flow(drawn.frame, self._previous, source.flow_path)
        self._previous = drawn.frame

    def finish(self, clip_id: str) -> PreparedClip:
        """Returns the clip of all frames added.

        Raises:
            InputError: it is not fit to be trained on, see `clip_rules`.
        """
        assert self._geometry is not None
        encoded = self._encoded
        summary = self._summary()
        check_summary(summary, self._config)
        clip = ClipRecord(
            clip_id=clip_id,
            task=self._config.task,
            height=self._geometry.size[0],
            width=self._geometry.size[1],
            num_planes=self._conditioning.num_planes,
            frames=tuple(encoded.frames),
            conditions=tuple(encoded.conditions),
            instances=tuple(encoded.instances),
            keypoints=tuple(encoded.keypoints),
            flows=tuple(encoded.flows),
            source_size=self._geometry.source_size,
            crop=self._geometry.crop,
            summary=summary,
        )
        return PreparedClip(clip, self._statistics.counts())

    def _add_images(self, drawn: DrawnFrame, source: SourceFrame) -> None:
        data, encoded = self._config.data, self._encoded
        assert drawn.frame is not None
        encoded.frames.append(
            clip_record.encode_frame(drawn.frame, data.image_format, data.jpeg_quality)
        )
        encoded.conditions.append(clip_record.encode_planes(drawn.planes))
        if drawn.instances is not None:
            encoded.instances.append(clip_record.encode_instances(drawn.instances))
        if drawn.keypoints is not None:
            encoded.keypoints.append(drawn.keypoints)
        luma = cv2.cvtColor(drawn.frame, cv2.COLOR_RGB2GRAY)
        self._lumas.append(float(luma.mean()) / 255)
        self._blacks.append(float((luma < _BLACK_LUMA).mean()))
        self._statistics.add(drawn)

    def _add_flow(
        self, frame: np.ndarray, previous: np.ndarray, flow_path: str | None
    ) -> None:
        assert self._geometry is not None
        if flow_path is not None:
            flow, confidence = _read_flow(flow_path, self._geometry)
        else:
            data = self._config.data
            flow = flows.teacher_flow(frame, previous, data.flow_preset)
            confidence = flows.flow_confidence(
                frame, previous, flow, data.confidence_threshold
            )
        self._encoded.flows.append(flows.encode_flow(flow, confidence))
        coarse = flow[::_FLOW_STEP, ::_FLOW_STEP]
        self._lengths.append(np.linalg.norm(coarse, axis=-1).ravel())
        self._confidences.append(float(confidence.mean()))

    def _summary(self) -> ClipSummary:
        has_flow = bool(self._lengths)
        return ClipSummary(
            mean_luma=float(np.mean(self._lumas)),
            black_fraction=float(np.mean(self._blacks)),
            flow_p95=float(np.percentile(np.concatenate(self._lengths), 95))
            if has_flow
            else None,
            confident_fraction=float(np.mean(self._confidences)) if has_flow else None,
            task_scalars=self._statistics.scalars(),
        )


def _read_flow(path: str, geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Reads the source's own flow, at the record's size."""
    flow, confidence = flows.read_flow(path)
    if flow.shape[:2] != geometry.source_size:
        height, width = geometry.source_size
        raise InputError(
            f"{path}: expected a flow of {width}x{height} as the frames, got "
            f"{flow.shape[1]}x{flow.shape[0]}"
        )
    top, bottom, left, right = geometry.crop
    window = np.s_[top:bottom, left:right]
    return flows.resize_flow(flow[window], confidence[window], geometry.size)
