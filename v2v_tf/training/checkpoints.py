"""Checkpoints that are complete or absent, and the newest whole one of them.

Files are written beside and renamed, the index last: without it nothing counts as a
checkpoint. Every tensor has a checksum in it, so damage is found before it is loaded.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tensorflow as tf
from absl import logging

from v2v_tf.errors import InputError
from v2v_tf.storage import runs

_PARTIAL = ".partial"
Parts = dict[str, Any]


def save(parts: Parts, run_dir: Path, step: int, keep: int = 2) -> None:
    """Writes a checkpoint and removes all but the newest `keep`.

    Args:
        parts: trackable objects by name; all their variables are written.
        run_dir: the run.
        step: number of the checkpoint.
        keep: checkpoints that stay.

    Raises:
        InputError: it cannot be written; the checkpoints before stay as they were.
    """
    folder = run_dir / runs.CHECKPOINT_FOLDER
    partial = folder / _PARTIAL
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write(parts, partial, step)
        for path in sorted(partial.iterdir(), key=lambda p: p.suffix == ".index"):
            os.replace(path, folder / path.name)
    except (OSError, tf.errors.OpError) as error:
        raise InputError(
            f"{folder}: checkpoint {step} could not be written ({error}): free some "
            "space, or see to the rights of the folder, and give the same command "
            "again; the last checkpoint is untouched"
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _prune(run_dir, keep)


def save_nowhere(parts: Parts, scratch: Path, step: int) -> None:
    """Takes part in the saving of several workers, of which another one writes."""
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        _write(parts, scratch, step)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def restore_newest(run_dir: Path, parts_at: Callable[[int], Parts]) -> int | None:
    """Restores the newest checkpoint that is whole; damaged ones with a warning.

    Args:
        run_dir: the run.
        parts_at: gives the objects to restore, for the step of a checkpoint.

    Returns:
        Its step, or None where there is no checkpoint.

    Raises:
        InputError: all are damaged, or the newest whole one is of other networks.
    """
    found = runs.checkpoints(run_dir)
    for step, prefix in found:
        problem = _damage(prefix)
        if problem:
            logging.warning("%s is damaged and left out: %s", prefix, problem)
            continue
        try:
            status = tf.train.Checkpoint(**parts_at(step)).read(prefix)
            status.assert_existing_objects_matched()
        except (AssertionError, ValueError) as error:
            raise InputError(
                f"{prefix} does not fit the networks of this configuration: train in "
                f"another folder, or with the version that wrote it ({error})"
            ) from error
        return step
    if found:
        raise InputError(
            f"{run_dir / runs.CHECKPOINT_FOLDER}: all {len(found)} checkpoints are "
            "damaged: restore the files from a copy, or delete the folder to begin "
            "again"
        )
    return None


def _write(parts: Parts, folder: Path, step: int) -> None:
    tf.train.Checkpoint(**parts).write(str(folder / f"ckpt-{step}"))
    for path in folder.iterdir():
        with path.open("rb") as file:
            os.fsync(file.fileno())


def _damage(prefix: str) -> str:
    """Reads every tensor, which checks its sum; returns what is wrong, or nothing."""
    try:
        reader = tf.train.load_checkpoint(prefix)
        for name in reader.get_variable_to_shape_map():
            reader.get_tensor(name)
    except (tf.errors.OpError, RuntimeError, ValueError, LookupError) as error:
        # TensorFlow guesses the class by the message: a short file is an IndexError.
        return str(error).partition("\n")[0]
    return ""


def _prune(run_dir: Path, keep: int) -> None:
    """Removes old checkpoints, index first, and what kills have left of others."""
    kept = {Path(prefix).name for _, prefix in runs.checkpoints(run_dir)[:keep]}
    files = (run_dir / runs.CHECKPOINT_FOLDER).glob("ckpt-*")
    for path in sorted(files, key=lambda p: p.suffix != ".index"):
        if path.name.partition(".")[0] not in kept:
            path.unlink()
