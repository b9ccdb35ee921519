"""Clips of a sequence, read frame by frame and encoded to their records."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from v2v_tf.config import Config
from v2v_tf.data import flow as flows
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.clip import ClipRecord, ClipSummary
from v2v_tf.data.records.rules import check_summary, doubts_of
from v2v_tf.data.sources.base import (
    BadClip,
    Sequence,
    SequenceReader,
    SourceFrame,
)
from v2v_tf.data.sources.bridging import bridged
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry
from v2v_tf.tasks.registry import points_read, task_of

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
        path: file of its first frame, for messages.
    """

    clip: ClipRecord
    label_counts: tuple[int, ...]
    path: str


@dataclass(frozen=True)
class RefusedClip:
    """Holds what is known of a clip that could be read and breaks a rule.

    Attributes:
        bad: its entry, with the rule.
        label_counts: as of `PreparedClip`.
    """

    bad: BadClip
    label_counts: tuple[int, ...]


def prepare_clips(
    sequence: Sequence,
    span: ClipSpan,
    reader: SequenceReader,
    conditioning: Conditioning,
    config: Config,
) -> Iterator[PreparedClip | RefusedClip | BadClip]:
    """Reads, draws and encodes frames that follow each other, to one clip or more.

    A frame that cannot be used ends a clip, and the next frame begins another: it
    costs itself, and what is left of fewer than `data.min_frames` between such frames.
    Two raw frames at most are held.

    The geometry comes from a clip's own first frame (method.md 2.4).

    Args:
        sequence: whose frames they are.
        span: its frames.
        reader: of the sequence.
        conditioning: of the task.
        config: encoding, flow preset, confidence threshold and least length.

    Yields:
        Clips, and what was put aside, with the file at fault.
    """
    maker = _ClipMaker(sequence, conditioning, config)
    reader = bridged(reader, span.stop, config)
    for index in range(span.start, span.stop):
        try:
            maker.add(index, reader)
        except InputError as error:
            yield from maker.finish()
            yield from maker.lose(index, error)
        if maker.is_full:
            yield from maker.finish()
    yield from maker.finish()
    yield from maker.lost()


@dataclass
class _Loss:
    """Frames that are put aside together.

    They are bad for one reason, or lie between such frames and are too few for a clip.
    """

    index: int
    path: str
    reason: str
    last_path: str
    num_bad: int = 1
    num_frames: int = 1


class _ClipMaker:
    """Makes clips of the frames of a span, and gathers those that are lost."""

    def __init__(
        self, sequence: Sequence, conditioning: Conditioning, config: Config
    ) -> None:
        self._sequence = sequence
        self._conditioning = conditioning
        self._config = config
        self._form = points_read(config)
        self._bridged = 0
        self._builder: _ClipBuilder | None = None
        self._start = 0
        self._began: Geometry | None = None  # of the first clip
        self._loss: _Loss | None = None
        self._too_few = 0  # frames before the loss that is yet to come

    def add(self, index: int, reader: SequenceReader) -> None:
        """Adds a frame to the clip at hand, or begins one with it.

        Raises:
            InputError: the frame cannot be used; its file is named.
        """
        source = reader.read(index)
        if self._form is not None and source.raw.get(self._form.field) is None:
            raise source.named(
                InputError("nobody was found in this frame", field=self._form.field)
            )
        builder = self._builder or _ClipBuilder(self._conditioning, self._config)
        try:
            builder.add(source, self._began)
        except InputError as error:
            raise source.named(error) from error
        if self._builder is None:
            self._builder, self._start = builder, index
            self._began = self._began or builder.geometry
        self._bridged += source.bridged

    @property
    def is_full(self) -> bool:
        """Whether the clip at hand fills a record."""
        return self._builder is not None and self._builder.num_bytes > MAX_RECORD_BYTES

    def finish(self) -> Iterator[PreparedClip | RefusedClip | BadClip]:
        """Ends the clip at hand, where there is one."""
        builder, self._builder = self._builder, None
        if builder is None:
            return
        num_frames, num_bridged = builder.num_frames, self._bridged
        self._bridged = 0
        if num_frames < self._config.data.min_frames:
            if self._loss is None:
                self._too_few += num_frames
            else:
                self._loss.num_frames += num_frames
            return
        yield from self.lost()
        clip_id = clip_record.clip_id(self._sequence.name, self._start)
        try:
            made = builder.finish(clip_id, self._sequence.fps())
        except InputError as error:
            bad = BadClip(self._sequence.path, clip_id, str(error), num_frames)
            yield RefusedClip(bad, builder.counts())
            return
        yield made
        for doubt in doubts_of(made.clip.summary, self._config):
            yield BadClip(made.path, clip_id, doubt, 0)
        if num_bridged:
            reason = (
                f"nobody was found in {num_bridged} of {num_frames} frames: drawn "
                "between the frames around them (data.max_gap)"
            )
            yield BadClip(self._sequence.path, clip_id, reason, 0)

    def lose(self, index: int, error: InputError) -> Iterator[BadClip]:
        """Puts a frame aside; neighbours with one reason become one entry."""
        # Messages begin with the file, by which those of neighbours differ.
        path, _, reason = str(error).partition(": ")
        if self._loss is not None and self._loss.reason == reason:
            self._loss.num_bad += 1
            self._loss.num_frames += 1
            self._loss.last_path = path
            return
        if self._loss is not None:
            yield from self.lost()
        self._loss = _Loss(index, path, reason, path, num_frames=1 + self._too_few)
        self._too_few = 0

    def lost(self) -> Iterator[BadClip]:
        """Gives the entry of the frames that were lost last."""
        loss, self._loss = self._loss, None
        if loss is None:
            if self._too_few:
                yield self._remainder()
            return
        reason = loss.reason
        if loss.num_bad > 1:
            reason += f" ({loss.num_bad} such frames, to {Path(loss.last_path).name})"
        clip_id = clip_record.clip_id(self._sequence.name, loss.index)
        yield BadClip(loss.path, clip_id, reason, loss.num_frames)

    def _remainder(self) -> BadClip:
        """Gives the entry of frames that a full record left over."""
        clip_id = clip_record.clip_id(self._sequence.name, self._start)
        num_frames, self._too_few = self._too_few, 0
        reason = (
            f"{num_frames} frames are left over, data.min_frames is "
            f"{self._config.data.min_frames}"
        )
        return BadClip(self._sequence.path, clip_id, reason, num_frames)


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
