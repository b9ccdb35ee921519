"""Makes a folder of clip records from a source of frames (`prepare`).

The same input gives the same bytes, whatever the runner and its workers. A folder
that appears is complete: everything is made in a working folder inside it and moved
at the end, the manifest last.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterable
from collections.abc import Sequence as ListOf
from pathlib import Path

import cv2
import numpy as np

from v2v_tf import __version__
from v2v_tf.config import Config
from v2v_tf.data.prepare import shards as prepare_shards
from v2v_tf.data.prepare.output import WORKING_FOLDER, check_output, publish
from v2v_tf.data.prepare.pictures import other_shapes
from v2v_tf.data.prepare.planning import stable_hash
from v2v_tf.data.prepare.progress import ProgressBoard, show_progress
from v2v_tf.data.prepare.shards import ShardResult, shard_file
from v2v_tf.data.prepare.summary import PrepareSummary
from v2v_tf.data.records.manifest import SPLITS, Manifest, SplitEntry
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.extras import needed
from v2v_tf.tasks import registry

with needed("prepare"):
    import apache_beam as beam
    from apache_beam.options.pipeline_options import PipelineOptions

# Say how records are sampled, not what is in them.
SAMPLING_ONLY = ("shuffle_buffer", "max_stride", "epoch")
_NOT_IN_RECORDS = (
    *("shuffle_buffer", "max_stride", "max_bad_fraction"),
    *("max_black_fraction", "min_flow"),
)


def prepare(
    source: str | Path,
    output: str | Path,
    config: Config,
    beam_args: ListOf[str] = (),
    overwrite: bool = False,
) -> PrepareSummary:
    """Writes the clip records of a source.

    Bad clips are put aside in `quarantine.jsonl` and the rest is written. When no clip
    is good, records that were there before stay.

    Args:
        source: folder or file to read, see `sources.list_sequences`.
        output: folder to write; empty, new, or with records to replace.
        config: the effective configuration; saved beside the records.
        beam_args: Beam's pipeline options, as
            `--direct_running_mode=multi_processing --direct_num_workers=2`. Workers
            must see `source` and `output` under the same paths.
        overwrite: replace records that are there, once the new ones are complete.

    Returns:
        Counts, and what was put aside.

    Raises:
        InputError: an unusable or empty source, impossible settings, records in
            `output` without `overwrite`, or something else in it.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> summary = prepare("clips", "data/street", load_config("test/toy_street"))
        >>> summary.num_clips, summary.accepted
        ({'train': 3}, True)
        ```
    """
    output = Path(output)
    _check_settings(config)
    check_output(output, overwrite)
    registry.create(config)
    sequences, unlisted = _list(source, config)
    splits = split_names(
        [sequence.name for sequence in sequences], config.data.eval_fraction
    )
    existed = output.is_dir()
    working = output / WORKING_FOLDER
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True)
    try:
        pairs = [(splits[sequence.name], sequence) for sequence in sequences]
        options = PipelineOptions(list(beam_args))
        with (
            show_progress(ProgressBoard(working)),
            beam.Pipeline(options=options) as pipeline,
        ):
            prepare_shards.write_shards(pipeline, pairs, config, working)
        results = prepare_shards.read_results(working)
        bad = [*unlisted, *(bad for result in results for bad in result.bad)]
        bad += other_shapes(results)
        bad.sort(key=lambda entry: (entry.clip, entry.path))
        names = [name for name in SPLITS if name in set(splits.values())]
        manifest = _manifest(results, names, bad, config)
        doubts = _doubts(manifest, results, config)
        notes = [BadClip(str(source), "", doubt, 0) for doubt in doubts]
        publish(working, output, manifest, [*notes, *bad], config)
    finally:
        shutil.rmtree(working, ignore_errors=True)
        if not existed and not any(output.iterdir()):
            output.rmdir()
    return PrepareSummary(
        output=output,
        num_clips={n: len(entry.clips) for n, entry in manifest.splits.items()},
        num_frames={n: entry.num_frames for n, entry in manifest.splits.items()},
        bad=tuple(bad),
        max_bad_fraction=config.data.max_bad_fraction,
        doubts=doubts,
    )


def split_names(names: Iterable[str], eval_fraction: float) -> dict[str, str]:
    """Assigns every sequence to `train` or `eval` by a hash of its name.

    A sequence keeps its split when others are added, but for two cases: one sequence
    at least is left in `train`, and of two or more, one at least goes to `eval`.

    Args:
        names: names of the sequences.
        eval_fraction: part that goes to `eval`; with 0 there is no such split.
    """
    ordered = sorted(names, key=lambda name: (stable_hash(name), name))
    if eval_fraction <= 0:
        return dict.fromkeys(ordered, "train")
    num_eval = sum(stable_hash(name) < eval_fraction * 2**64 for name in ordered)
    num_eval = min(max(num_eval, 1), len(ordered) - 1)
    return {
        name: "eval" if position < num_eval else "train"
        for position, name in enumerate(ordered)
    }


def _check_settings(config: Config) -> None:
    data = config.data
    rules = (
        (data.num_shards >= 1, "data.num_shards must be 1 or more"),
        (data.min_frames >= 1, "data.min_frames must be 1 or more"),
        (1 <= data.jpeg_quality <= 100, "data.jpeg_quality must be 1 .. 100"),
        (0 <= data.eval_fraction < 1, "data.eval_fraction must be 0 or more, below 1"),
        (
            data.max_frames_per_record >= 2 * data.min_frames - 1,
            "data.max_frames_per_record must be at least twice data.min_frames, less "
            "one: a sequence that is one frame too long is cut in halves",
        ),
    )
    for holds, message in rules:
        if not holds:
            raise InputError(message)


def _list(source: str | Path, config: Config) -> tuple[list[Sequence], list[BadClip]]:
    sequences: list[Sequence] = []
    bad: list[BadClip] = []
    for entry in list_sequences(source, config):
        if isinstance(entry, BadClip):
            bad.append(entry)
        else:
            sequences.append(entry)
    if not sequences and not bad:
        raise InputError(f"{source} holds no sequence")
    return sequences, bad


def _manifest(
    results: list[ShardResult], splits: list[str], bad: list[BadClip], config: Config
) -> Manifest:
    num_shards, task = config.data.num_shards, registry.task_of(config)
    training_counts = _sum_counts([r for r in results if r.split == "train"])
    present = tuple(label for label, count in enumerate(training_counts) if count)
    entries = {
        split: SplitEntry(
            files=tuple(shard_file(split, i, num_shards) for i in range(num_shards)),
            clips=tuple(c for r in results if r.split == split for c in r.clips),
        )
        for split in splits
    }
    written = [result for result in results if result.clips]
    data = dataclasses.asdict(config.data)
    for name in _NOT_IN_RECORDS:
        del data[name]
    conditioning = dataclasses.asdict(config.task_options)
    return Manifest(
        task=config.task,
        num_planes=registry.create(config).num_planes,
        has_instances=bool(written) and all(r.has_instances for r in written),
        has_keypoints=bool(written) and all(r.has_keypoints for r in written),
        splits=entries,
        num_quarantined=sum(one.num_frames != 0 for one in bad),
        label_histogram=_sum_counts(results) if task.has_labels else (),
        training_labels=present if task.has_labels else None,
        statistics=task.summarize(training_counts),
        versions={
            "v2v_tf": __version__,
            "numpy": np.__version__,
            "opencv": cv2.__version__,
        },
        config={"data": data, "conditioning": conditioning},
        checksums={result.file: result.checksum for result in written},
    )


def _doubts(
    manifest: Manifest, results: ListOf[ShardResult], config: Config
) -> tuple[str, ...]:
    """Returns what the task thinks of all clips; where no clip is good, of bad ones.

    The rule that a clip breaks may only be a sign of what is doubted.
    """
    task = registry.task_of(config)
    statistics, histogram = manifest.statistics, manifest.label_histogram
    if not any(entry.clips for entry in manifest.splits.values()):
        histogram = _sum([result.refused_counts for result in results])
        statistics = task.summarize(histogram)
    labels = {"label_histogram": histogram} if task.has_labels else {}
    return tuple(task.doubts({**statistics, **labels}, config))


def _sum_counts(results: ListOf[ShardResult]) -> tuple[int, ...]:
    """Returns how often each value came in all shards; empty where none counts."""
    return _sum([result.label_counts for result in results])


def _sum(counts: ListOf[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*filter(None, counts), strict=True)))
