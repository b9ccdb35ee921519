"""Writes record files from sequences: the Beam half of `prepare`.

Only keys are shuffled, never frames: a shard is a function of the clip's id, and one
call reads, draws, encodes and writes all clips of a shard in sorted order, to a
temporary name first. So records are the same bytes on every runner and with any
number of workers, and a bundle that is retried starts its shard over.
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.prepare.clip import (
    PreparedClip,
    RefusedClip,
    prepare_clips,
)
from v2v_tf.data.prepare.planning import PlanClips, PlannedClip, ShardKey
from v2v_tf.data.prepare.progress import ProgressBoard
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.content import file_checksum
from v2v_tf.data.records.manifest import ClipEntry
from v2v_tf.data.sources.base import BadClip, Sequence, SequenceReader
from v2v_tf.errors import InputError
from v2v_tf.extras import needed
from v2v_tf.tasks import registry

with needed("prepare"):
    import apache_beam as beam


@dataclass(frozen=True)
class ShardResult:
    """Lists what one shard holds, in the order of the file.

    Attributes:
        split: `train` or `eval`.
        index: number of the shard in its split, from 0.
        file: name of the record file.
        clips: written.
        bad: put aside.
        label_counts: pixels per value of plane 0, or empty.
        has_instances: whether every record holds instance maps.
        has_keypoints: whether every record holds OpenPose JSON.
        checksum: checksum of the record file, see `content.file_checksum`.
        pictures: for each clip the file of its first frame, and the (height, width) of
            its pictures in the source.
        refused_counts: pixels per value of plane 0 in clips that could be read and
            broke a rule, or empty.
    """

    split: str
    index: int
    file: str
    clips: tuple[ClipEntry, ...]
    bad: tuple[BadClip, ...]
    label_counts: tuple[int, ...]
    has_instances: bool
    has_keypoints: bool
    checksum: str
    pictures: tuple[tuple[str, int, int], ...]
    refused_counts: tuple[int, ...] = ()


def write_shards(
    pipeline: beam.Pipeline,
    sequences: Iterable[tuple[str, Sequence]],
    config: Config,
    folder: Path,
) -> None:
    """Adds the steps that write every shard and its result into `folder`.

    Args:
        pipeline: Beam pipeline to add to.
        sequences: (split, sequence) pairs.
        config: the effective configuration.
        folder: existing folder that all workers reach.
    """
    (
        pipeline
        | "Sequences" >> beam.Create(list(sequences))
        | "CutIntoClips" >> beam.ParDo(PlanClips(config, folder))
        | "ByShard" >> beam.GroupByKey()
        | "WriteShard" >> beam.ParDo(_WriteShard(config, folder))
    )


def read_results(folder: Path) -> list[ShardResult]:
    """Returns the results that `write_shards` left, sorted by split and index."""
    results = []
    for path in folder.glob("*.result.json"):
        values = json.loads(path.read_text(encoding="utf-8"))
        values["clips"] = tuple(ClipEntry(**entry) for entry in values["clips"])
        values["bad"] = tuple(BadClip(**entry) for entry in values["bad"])
        values["pictures"] = tuple(tuple(entry) for entry in values["pictures"])
        for name in ("label_counts", "refused_counts"):
            values[name] = tuple(values[name])
        results.append(ShardResult(**values))
    return sorted(results, key=lambda result: (result.split, result.index))


def shard_file(split: str, index: int, num_shards: int) -> str:
    """Returns the name of a record file."""
    return f"{split}-{index:05d}-of-{num_shards:05d}.tfrecord"


class _WriteShard(beam.DoFn):
    """Writes one record file and its result."""

    def __init__(self, config: Config, folder: Path) -> None:
        self._config = config
        self._folder = folder

    def setup(self) -> None:
        self._conditioning = registry.create(self._config)

    def process(
        self, element: tuple[ShardKey, Iterable[PlannedClip | BadClip]]
    ) -> None:
        (split, index), clips = element
        file = shard_file(split, index, self._config.data.num_shards)
        board = ProgressBoard(self._folder)
        board.start_shard(file)
        entries: list[ClipEntry] = []
        bad: list[BadClip] = []
        label_counts: list[int] = []
        pictures: list[tuple[str, int, int]] = []
        refused_counts: list[int] = []
        has_instances = has_keypoints = True
        partial = self._folder / f"{file}.partial"
        with tf.io.TFRecordWriter(str(partial)) as writer:
            for made in self._make_all(clips, lambda: board.clip_done(file)):
                if isinstance(made, RefusedClip):
                    refused_counts = _add(refused_counts, made.label_counts)
                    made = made.bad
                if isinstance(made, BadClip):
                    bad.append(made)
                    continue
                clip = made.clip
                writer.write(clip_record.serialize(clip))
                size = (clip.height, clip.width)
                facts = (clip.clip_id, len(clip.frames), *size, clip.fps)
                entries.append(ClipEntry(*facts))
                pictures.append((made.path, *clip.source_size))
                label_counts = _add(label_counts, made.label_counts)
                has_instances &= bool(clip.instances)
                has_keypoints &= bool(clip.keypoints)
        os.replace(partial, self._folder / file)
        result = ShardResult(
            split,
            index,
            file,
            tuple(entries),
            tuple(bad),
            tuple(label_counts),
            has_instances,
            has_keypoints,
            file_checksum(self._folder / file),
            tuple(pictures),
            refused_counts=tuple(refused_counts),
        )
        _write_json(self._folder / f"{file}.result.json", dataclasses.asdict(result))

    def _make_all(
        self, clips: Iterable[PlannedClip | BadClip], done: Callable[[], None]
    ) -> Iterator[PreparedClip | RefusedClip | BadClip]:
        """Makes the clips in sorted order; keeps a sequence open for its clips.

        Args:
            clips: planned, and those that are bad already.
            done: called when one of them is finished.
        """
        planned: list[PlannedClip] = []
        for clip in clips:
            if isinstance(clip, BadClip):
                yield clip
                done()
            else:
                planned.append(clip)
        planned.sort(key=lambda clip: (clip.sequence.name, clip.span.start))
        for _, group in itertools.groupby(planned, lambda clip: clip.sequence):
            yield from self._make_sequence(list(group), done)

    def _make_sequence(
        self, clips: list[PlannedClip], done: Callable[[], None]
    ) -> Iterator[PreparedClip | RefusedClip | BadClip]:
        sequence = clips[0].sequence
        with contextlib.ExitStack() as stack:
            reader: SequenceReader | None = None
            for clip in clips:
                try:
                    reader = reader or stack.enter_context(sequence.open())
                except InputError as error:
                    yield BadClip(sequence.path, clip.clip_id, str(error))
                else:
                    yield from prepare_clips(
                        sequence, clip.span, reader, self._conditioning, self._config
                    )
                done()


def _add(counts: list[int], more: tuple[int, ...]) -> list[int]:
    return [a + b for a, b in zip(counts, more, strict=True)] if counts else list(more)


def _write_json(path: Path, values: dict[str, Any]) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(values), encoding="utf-8")
    os.replace(partial, path)
