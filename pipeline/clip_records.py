"""Arranges clip records as TFX keeps examples: one folder for each split."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.prepare.output import WORKING_FOLDER
from v2v_tf.data.prepare.prepare import split_names
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.content import file_checksum
from v2v_tf.data.records.manifest import (
    CONFIG,
    MANIFEST,
    SPLITS,
    ClipEntry,
    Manifest,
    SplitEntry,
    read_manifest,
)
from v2v_tf.errors import InputError
from v2v_tf.storage.files import write_text


def arrange_splits(folder: Path) -> list[str]:
    """Moves the record files of each split into `Split-<name>/`, as TFX reads them.

    The manifest is written anew and names them there, so that training can still open
    the folder.

    Args:
        folder: folder of clip records.

    Returns:
        The names of the splits.
    """
    manifest = read_manifest(folder)
    splits, checksums = {}, dict(manifest.checksums)
    for name, entry in manifest.splits.items():
        (folder / f"Split-{name}").mkdir()
        files = tuple(f"Split-{name}/{file}" for file in entry.files)
        for old, new in zip(entry.files, files, strict=True):
            os.replace(folder / old, folder / new)
            if old in checksums:
                checksums[new] = checksums.pop(old)
        splits[name] = dataclasses.replace(entry, files=files)
    arranged = dataclasses.replace(manifest, splits=splits, checksums=checksums)
    _write_manifest(folder, arranged)
    return [name for name in SPLITS if name in splits]


def copy(source: Path, output: Path, config: Config) -> None:
    """Copies prepared records once they were compared with their manifest.

    Where no sequences are set aside for `eval`, they are split anew, whole sequences
    together, as `prepare` would have done.

    Args:
        source: folder that `v2v-tf prepare` wrote.
        output: folder to write, new or empty.
        config: configuration of the experiment, which decides about the split.

    Raises:
        InputError: the records are of another task, differ from their manifest, have a
            sequence in both splits, or hold a single sequence.
    """
    manifest = read_manifest(source)
    if manifest.task != config.task:
        raise InputError(
            f"{source} holds clips of task {manifest.task}, the experiment is for "
            f"{config.task}: name records of that task, or another experiment"
        )
    working = output / WORKING_FOLDER
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True)
    try:
        made = _rewrite(source, manifest, working, _wanted_splits(manifest, config))
        _write_manifest(working, made)
        if (source / CONFIG).is_file():
            shutil.copy(source / CONFIG, working / CONFIG)
        # The manifest last: with it a folder is complete.
        for path in sorted(working.iterdir(), key=lambda p: p.name == MANIFEST):
            path.replace(output / path.name)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def _wanted_splits(manifest: Manifest, config: Config) -> Mapping[str, str]:
    """Returns the split of every sequence."""
    found: dict[str, str] = {}
    for split, entry in manifest.splits.items():
        for clip in entry.clips:
            sequence = clip_record.sequence_of(clip.clip_id)
            if found.setdefault(sequence, split) != split:
                raise InputError(
                    f"sequence {sequence} is in both splits of the records: a model "
                    "must not be evaluated on what it was trained on: prepare again"
                )
    if set(found.values()) == {"train", "eval"}:
        return found
    if len(found) < 2:
        raise InputError(
            f"the records hold {len(found)} sequence(s), and a pipeline needs one to "
            "train on and another to evaluate on: prepare two or more"
        )
    return split_names(found, config.data.eval_fraction)


def _rewrite(
    source: Path, manifest: Manifest, output: Path, splits: Mapping[str, str]
) -> Manifest:
    """Reads every record once and writes it into the file of its split."""
    made: dict[str, SplitEntry] = {}
    for entry in manifest.splits.values():
        clips = iter(entry.clips)
        for file in entry.files:
            _copy_file(source / file, output, clips, splits, made)
        if next(clips, None) is not None:
            raise InputError(f"{source}: {MANIFEST} names more clips than there are")
    ordered = {name: made[name] for name in SPLITS if name in made}
    files = [file for split in ordered.values() for file in split.files]
    checksums = {file: file_checksum(output / file) for file in files}
    return dataclasses.replace(manifest, splits=ordered, checksums=checksums)


def _copy_file(
    source: Path,
    output: Path,
    clips: Iterator[ClipEntry],
    splits: Mapping[str, str],
    made: dict[str, SplitEntry],
) -> None:
    writers: dict[str, tf.io.TFRecordWriter] = {}
    written: dict[str, list[ClipEntry]] = {}
    try:
        for record in tf.data.TFRecordDataset(str(source)).as_numpy_iterator():
            clip = _checked(record, next(clips, None), source)
            split = splits[clip_record.sequence_of(clip.clip_id)]
            if split not in writers:
                path = output / f"{split}-{source.name}"
                writers[split] = tf.io.TFRecordWriter(str(path))
            writers[split].write(record)
            written.setdefault(split, []).append(clip)
    except tf.errors.DataLossError as error:
        raise InputError(
            f"{source}: a damaged record file: copy or prepare it again ({error})"
        ) from error
    finally:
        for writer in writers.values():
            writer.close()
    for split, entries in written.items():
        before = made.get(split, SplitEntry((), ()))
        made[split] = SplitEntry(
            (*before.files, f"{split}-{source.name}"), (*before.clips, *entries)
        )


def _checked(record: bytes, expected: ClipEntry | None, path: Path) -> ClipEntry:
    try:
        clip = clip_record.parse_example(record)
    except tf.errors.InvalidArgumentError as error:
        raise InputError(f"{path}: not a clip record ({error.message})") from error
    frames, height, width = (
        int(clip[name]) for name in ("num_frames", "height", "width")
    )
    # Rates are stored in single precision, so whether there is one is compared.
    rate = None if expected is None or not clip["fps"].shape[0] else expected.fps
    name = clip["clip_id"].numpy().decode(errors="replace")
    found = ClipEntry(name, frames, height, width, rate)
    if found != expected:
        raise InputError(
            f"{path}: holds {found} where {MANIFEST} says {expected}: prepare again"
        )
    return found


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    write_text(folder / MANIFEST, manifest.to_json())
