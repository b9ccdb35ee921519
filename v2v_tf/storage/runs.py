"""Reads the run folder: what training leaves and generation needs.

A pack, which `storage.packs` describes, is read as a run that is trained to its end.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.config.plugins import MODELS
from v2v_tf.errors import InputError
from v2v_tf.storage import packs
from v2v_tf.storage.weights import load_weights, parts_in

CONFIG_FILE = "config.yaml"
HISTORY_FILE = "history.json"
# What a run was begun with, besides its configuration, see `training/run_state.py`.
ORIGIN_FILE = "origin.json"
# What a pipeline found in all clips, see `pipeline/preprocessing.py`.
STATISTICS_FILE = "data_statistics.json"
CHECKPOINT_FOLDER = "checkpoints"
# Within the run of a video model, the run of the network for its first frames.
FIRST_FRAME_FOLDER = "first_frame"
# Where the moving average of a generator is in a checkpoint, if there is one.
AVERAGE_KEY = "moving_average"


def is_run(folder: Path) -> bool:
    """Returns whether training wrote a folder.

    Records have a configuration too, but nothing else that training writes. A pack
    counts as one.
    """
    if packs.is_pack(folder):
        return True
    written = (CHECKPOINT_FOLDER, HISTORY_FILE, "train")
    return (folder / CONFIG_FILE).is_file() and any(
        (folder / name).exists() for name in written
    )


def put_aside(run_dir: Path) -> Path:
    """Renames a run that is being replaced, and returns where it lies.

    Raises:
        InputError: an interrupted replacement left a run there already.
    """
    aside = run_dir.with_name(f"{run_dir.name}.replaced")
    if aside.exists():
        raise InputError(
            f"{aside} holds the run that an interrupted --overwrite put aside: rename "
            "it if you want it, or delete it, and try again"
        )
    return run_dir.rename(aside)


def checkpoints(run_dir: Path) -> list[tuple[int, str]]:
    """Returns the complete checkpoints of a run: (step, prefix), newest first."""
    found = []
    for path in (run_dir / CHECKPOINT_FOLDER).glob("ckpt-*.index"):
        number = re.fullmatch(r"ckpt-(\d+)", path.stem)
        if number is not None:
            found.append((int(number[1]), str(path.with_suffix(""))))
    return sorted(found, reverse=True)


def newest_step(run_dir: Path) -> int:
    """Returns the step of the weights that are loaded.

    Raises:
        InputError: there are none.
    """
    if packs.is_pack(run_dir):
        described = (run_dir / packs.PACK_FILE).is_file()
        return packs.read_facts(run_dir).step if described else 0
    found = checkpoints(run_dir)
    if not found:
        raise InputError(f"{run_dir} holds no checkpoint yet")
    return found[0][0]


def weight_files(run_dir: Path) -> list[Path]:
    """Returns the files of the weights that are loaded, sorted.

    Raises:
        InputError: there are none.
    """
    if packs.is_pack(run_dir):
        names = (packs.DISCRIMINATORS_FILE, packs.WEIGHTS_FILE)
        return [run_dir / name for name in names if (run_dir / name).is_file()]
    newest_step(run_dir)
    prefix = Path(checkpoints(run_dir)[0][1])
    return sorted(prefix.parent.glob(f"{prefix.name}.*"))


def copy_model(run_dir: Path, folder: Path) -> None:
    """Copies the configuration and the newest weights of a run to a new folder."""
    for path in (run_dir / CONFIG_FILE, *weight_files(run_dir)):
        to = folder / path.relative_to(run_dir)
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, to)


def training_labels(run_dir: Path) -> tuple[int, ...] | None:
    """Returns the label ids that the training records of a run held.

    Args:
        run_dir: the run.

    Returns:
        The ids, sorted; None where the run does not say, as those of version 0.1, or
        its task has no labels.
    """
    path = run_dir / ORIGIN_FILE
    origin = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    labels = origin.get("labels")
    return None if labels is None else tuple(labels)


def load_config(
    run_dir: Path,
    precision: str | None = None,
    model: str | None = None,
    needs: str | None = None,
) -> Config:
    """Returns the effective configuration of a run.

    Args:
        run_dir: the run.
        precision: takes the place of `runtime.precision`; None for the run's own.
        model: the family that its model must be of, as another configuration names it
            in `Config.model`; None for any.
        needs: a trait that the family must have, such as `makes_video`, see
            `v2v_tf.models.ModelFamily`; None for none.

    Raises:
        InputError: the folder is no run, or one of another kind of model.
    """
    path = run_dir / CONFIG_FILE
    if not path.is_file():
        raise InputError(
            f"{run_dir} is no run folder: expected {CONFIG_FILE} and "
            f"{CHECKPOINT_FOLDER}/ as `v2v-tf train` leaves them{packs.hint(run_dir)}"
        )
    change = () if precision is None else (f"runtime.precision={precision}",)
    config = configuration.load_config(path, change)
    wanted = None
    if model not in (None, config.model):
        wanted = model
    elif needs is not None and not getattr(MODELS.get(config.model), needs):
        wanted = " or ".join(MODELS.names_with(needs))
    if wanted is not None:
        raise InputError(
            f"{run_dir} is the run of a {config.model} model, and a {wanted} model is "
            f"needed here: name a run that was trained with model: {wanted}"
        )
    return config


def restore_generator(generator: tf.keras.Model, run_dir: Path) -> None:
    """Loads the weights of the newest checkpoint, or of a pack, into a built generator.

    Of a run with a moving average, that is what is loaded.

    Raises:
        InputError: there is no checkpoint, or it does not fit.
    """
    if packs.is_pack(run_dir):
        load_weights(run_dir / packs.WEIGHTS_FILE, {"generator": generator})
        return
    found = checkpoints(run_dir)
    if not found:
        raise InputError(f"{run_dir / CHECKPOINT_FOLDER} holds no checkpoint yet")
    newest = found[0][1]
    try:
        names = tf.train.load_checkpoint(newest).get_variable_to_shape_map()
        parts = tf.train.Checkpoint(generator=generator)
        if any(name.startswith(f"{AVERAGE_KEY}/") for name in names):
            parts = tf.train.Checkpoint(**{AVERAGE_KEY: parts})
        status = parts.read(newest)
        status.assert_existing_objects_matched().expect_partial()
    except (AssertionError, ValueError, RuntimeError, tf.errors.OpError) as error:
        raise InputError(
            f"{newest} does not fit the network that {CONFIG_FILE} describes, or is "
            f"damaged: restore the files that training wrote ({error})"
        ) from error


def restore_parts(run_dir: Path, parts: Mapping[str, Any]) -> set[str]:
    """Restores what a run or a pack has of the parts of a model, but no optimizers.

    Args:
        run_dir: the run.
        parts: networks by name, built.

    Returns:
        The names of the parts that were there.

    Raises:
        InputError: there is no checkpoint, or it does not fit.
    """
    networks = {n: x for n, x in parts.items() if n not in ("optimizers", "losses")}
    if packs.is_pack(run_dir):
        there = set()
        for file in weight_files(run_dir):
            found = parts_in(file) & networks.keys()
            load_weights(file, {name: networks[name] for name in found})
            there |= found
        return there
    newest_step(run_dir)
    prefix = checkpoints(run_dir)[0][1]
    try:
        names = tf.train.load_checkpoint(prefix).get_variable_to_shape_map()
        there = {name.partition("/")[0] for name in names} & networks.keys()
        wanted = {name: networks[name] for name in there}
        status = tf.train.Checkpoint(**wanted).read(prefix)
        status.assert_existing_objects_matched().expect_partial()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            f"{prefix} is damaged, or no longer fits its configuration ({error})"
        ) from error
    return there
