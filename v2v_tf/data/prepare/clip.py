"""Cuts the frames of a sequence into clips, at what cannot be used."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.data.prepare.clip_builder import ClipBuilder, PreparedClip
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.rules import doubts_of
from v2v_tf.data.sources.base import (
    BadClip,
    Sequence,
    SequenceReader,
)
from v2v_tf.data.sources.bridging import bridged
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Conditioning, Geometry
from v2v_tf.tasks.registry import points_read

# A record is one protocol buffer, which holds less than 2 GiB.
MAX_RECORD_BYTES = 1_900_000_000


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
class RefusedClip:
    """Holds what is known of a clip that could be read and breaks a rule.

    Attributes:
        bad: its entry, with the rule.
        label_counts: pixels per value of plane 0, or empty, see `ClipStatistics`.
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
        self._builder: ClipBuilder | None = None
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
        builder = self._builder or ClipBuilder(self._conditioning, self._config)
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
