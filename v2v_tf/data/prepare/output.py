"""Guards the folder that `prepare` writes: what it may replace, how it is completed."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from absl import logging

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data.records.manifest import CONFIG, MANIFEST, QUARANTINE, Manifest
from v2v_tf.data.sources.base import BadClip
from v2v_tf.storage.folders import require_replaceable

WORKING_FOLDER = ".prepare"
_RECORDS = "*-of-*.tfrecord"
# Any version's manifest has them, so that records of an older one can be replaced.
_MANIFEST_KEYS = frozenset({"format_version", "task", "splits"})
_QUARANTINE_KEYS = frozenset(field.name for field in dataclasses.fields(BadClip))


def check_output(output: Path, overwrite: bool) -> None:
    """Refuses a folder in which writing would destroy something.

    New, empty, or left by a `prepare` that found no good clip or was killed: fine.
    Records that a former `prepare` completed: with `overwrite`. Anything else: never.

    Raises:
        InputError: the folder is refused.
    """
    if output.is_dir() and _is_leftover(output):
        return
    require_replaceable(
        output,
        overwrite=overwrite,
        is_ours=_is_prepared,
        what="set of records",
        option="--output",
    )


def publish(
    working: Path,
    output: Path,
    manifest: Manifest,
    bad: Sequence[BadClip],
    config: Config,
) -> None:
    """Moves what was made into place; the old manifest goes first, the new comes last.

    Where no clip is good, only the quarantine is replaced.

    Args:
        working: holds the record files.
        output: accepted by `check_output`.
        manifest: manifest of the records.
        bad: clips put aside, sorted.
        config: the effective configuration.
    """
    lines = [json.dumps(dataclasses.asdict(entry)) + "\n" for entry in bad]
    (working / QUARANTINE).write_text("".join(lines), encoding="utf-8")
    if not any(entry.clips for entry in manifest.splits.values()):
        logging.error("prepare: no clip is good; see %s", output / QUARANTINE)
        (working / QUARANTINE).replace(output / QUARANTINE)
        return
    (working / CONFIG).write_text(configuration.to_yaml(config), encoding="utf-8")
    (working / MANIFEST).write_text(manifest.to_json(), encoding="utf-8")
    (output / MANIFEST).unlink(missing_ok=True)
    for old in output.glob(_RECORDS):
        old.unlink()
    files = [file for split in manifest.splits.values() for file in split.files]
    for file in files:
        # No clip may have fallen into a shard; its file is empty then.
        (working / file).touch()
    for file in (*files, QUARANTINE, CONFIG, MANIFEST):
        (working / file).replace(output / file)


def _is_prepared(folder: Path) -> bool:
    """Returns whether the manifest in a folder is one of `prepare`, of any version."""
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(values, dict) and set(values) >= _MANIFEST_KEYS


def _is_leftover(folder: Path) -> bool:
    """Returns whether a folder holds only traces of a `prepare` without records."""
    names = {path.name for path in folder.iterdir()}
    if not names <= {QUARANTINE, WORKING_FOLDER}:
        return False
    return QUARANTINE not in names or _is_quarantine(folder / QUARANTINE)


def _is_quarantine(path: Path) -> bool:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        # Version 0.1 wrote the first three.
        return all(
            set(json.loads(line)) | {"num_frames"} == _QUARANTINE_KEYS for line in lines
        )
    except (OSError, ValueError, TypeError):
        return False
