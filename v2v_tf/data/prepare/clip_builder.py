"""Encodes the frames of one clip as they come, and sums up what they show."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, fields
from fractions import Fraction

import cv2
import numpy as np

from v2v_tf.config import Config
from v2v_tf.data import flow as flows
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.clip import ClipRecord, ClipSummary
from v2v_tf.data.records.rules import check_summary
from v2v_tf.data.sources.base import SourceFrame
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry
from v2v_tf.tasks.registry import task_of

_BLACK_LUMA = 16
# Every fourth row and column tells the distribution of the flow's length.
_FLOW_STEP = 4


@dataclass(frozen=True)
class PreparedClip:
    """Holds a clip and its entry in the manifest.

    Attributes:
        clip: the clip.
        label_counts: pixels per value of plane 0, or empty, see `ClipStatistics`.
        path: file of its first frame, for messages.
    """

    clip: ClipRecord
    label_counts: tuple[int, ...]
    path: str


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


class ClipBuilder:
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
        self._path = ""

    @property
    def num_bytes(self) -> int:
        """Returns the size of all that is encoded so far, bytes."""
        return self._encoded.num_bytes

    @property
    def num_frames(self) -> int:
        """Frames added so far."""
        return len(self._encoded.frames)

    @property
    def geometry(self) -> Geometry | None:
        """How source pixels become those of the record; None before the first frame."""
        return self._geometry

    def counts(self) -> tuple[int, ...]:
        """Returns what the task counted in the frames added, see `ClipStatistics`."""
        return self._statistics.counts()

    def add(self, source: SourceFrame, began: Geometry | None = None) -> None:
        """Draws and encodes the next frame.

        Args:
            source: the frame.
            began: geometry of the clip that the sequence began with: a later one has a
                crop of its own, and frames of the same kind.

        Raises:
            InputError: it cannot be used; nothing of it is added.
        """
        geometry = self._geometry
        if geometry is None:
            geometry = self._conditioning.plan(source.raw)
            if began is not None:
                geometry = dataclasses.replace(
                    began, crop=geometry.crop, size=geometry.size
                )
        drawn = self._conditioning.draw(source.raw, geometry)
        if drawn.frame is None:
            raise InputError("a clip record needs the frame itself, got none")
        flow = None
        if self._previous is not None:
            flow = self._flow(drawn.frame, self._previous, source.flow_path, geometry)
        # Only what cannot fail from here on: a frame is added whole or not at all.
        self._geometry = geometry
        self._add_images(drawn, source)
        if flow is not None:
            self._add_flow(*flow)
        self._statistics.add_source(source.raw, geometry.source_size)
        self._previous = drawn.frame
        self._path = self._path or source.path

    def finish(self, clip_id: str, fps: Fraction | None) -> PreparedClip:
        """Returns the clip of all frames added.

        Args:
            clip_id: name of the clip.
            fps: frames per second of the source; None where it does not say.

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
            fps=None if fps is None else float(fps),
        )
        return PreparedClip(clip, self._statistics.counts(), self._path)

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

    def _flow(
        self,
        frame: np.ndarray,
        previous: np.ndarray,
        flow_path: str | None,
        geometry: Geometry,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Returns the flow to the frame before, and where it is trusted."""
        if flow_path is not None:
            return _read_flow(flow_path, geometry)
        data = self._config.data
        flow = flows.teacher_flow(frame, previous, data.flow_preset)
        return flow, flows.flow_confidence(
            frame, previous, flow, data.confidence_threshold
        )

    def _add_flow(self, flow: np.ndarray, confidence: np.ndarray) -> None:
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
