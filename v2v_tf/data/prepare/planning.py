"""Cuts sequences into clips, and says in which shard each of them lies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.data.prepare.clip import ClipSpan, split_frames
from v2v_tf.data.prepare.progress import ProgressBoard
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.errors import InputError
from v2v_tf.extras import needed

with needed("prepare"):
    import apache_beam as beam

ShardKey = tuple[str, int]


@dataclass(frozen=True)
class PlannedClip:
    """Names a clip to be written: a key, small enough to be shuffled."""

    sequence: Sequence
    span: ClipSpan

    @property
    def clip_id(self) -> str:
        """Returns the id of the clip."""
        return clip_record.clip_id(self.sequence.name, self.span.start)


def shard_of(clip_id: str, num_shards: int) -> int:
    """Returns the shard of a clip: a hash that is the same everywhere."""
    return stable_hash(clip_id) % num_shards


def stable_hash(text: str) -> int:
    """Returns a 64-bit hash that does not change between processes."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


class PlanClips(beam.DoFn):
    """Turns (split, sequence) into ((split, shard), clip) for each clip."""

    def __init__(self, config: Config, folder: Path) -> None:
        self._data = config.data
        self._board = ProgressBoard(folder)

    def process(
        self, element: tuple[str, Sequence]
    ) -> Iterator[tuple[ShardKey, PlannedClip | BadClip]]:
        """See base class."""
        split, sequence = element
        planned = list(self._plan(sequence))
        self._board.planned(sequence.name, len(planned))
        for clip in planned:
            name = clip.clip_id if isinstance(clip, PlannedClip) else clip.clip
            yield (split, shard_of(name, self._data.num_shards)), clip

    def _plan(self, sequence: Sequence) -> Iterator[PlannedClip | BadClip]:
        try:
            contents = sequence.contents()
        except InputError as error:
            yield BadClip(sequence.path, sequence.name, str(error))
            return
        yield from contents.problems
        for run in contents.runs:
            if len(run) >= self._data.min_frames:
                for span in split_frames(len(run), self._data.max_frames_per_record):
                    start, stop = run.start + span.start, run.start + span.stop
                    yield PlannedClip(sequence, ClipSpan(start, stop))
                continue
            whole = len(run) == contents.num_frames
            name = sequence.name if whole else f"{sequence.name}@{run.start:06d}"
            reason = (
                f"{len(run)} complete consecutive frames, "
                f"data.min_frames is {self._data.min_frames}"
            )
            yield BadClip(sequence.path, name, reason, len(run))
