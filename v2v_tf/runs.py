"""The run folder: what training leaves and generation reads."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.models.sequential_generator import SequentialGenerator
from v2v_tf.models.vid2vid import Vid2Vid

CONFIG_FILE = "config.yaml"
HISTORY_FILE = "history.json"
CHECKPOINT_FOLDER = "checkpoints"


def is_run(folder: Path) -> bool:
    """Returns whether training wrote a folder.

    Records have a configuration too, but nothing else that training writes.
    """
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


def checkpoint_manager(model: Vid2Vid, run_dir: Path) -> tf.train.CheckpointManager:
    """Returns the manager that keeps the last two checkpoints of a run."""
    face = model.face_discriminator
    checkpoint = tf.train.Checkpoint(
        generator=model.generator,
        image_discriminator=model.image_discriminator,
        temporal_discriminators=model.temporal_discriminators,
        **({} if face is None else {"face_discriminator": face}),
        generator_optimizer=model.generator_optimizer,
        discriminator_optimizer=model.discriminator_optimizer,
    )
    return tf.train.CheckpointManager(
        checkpoint, str(run_dir / CHECKPOINT_FOLDER), max_to_keep=2
    )


def save_generator(generator: SequentialGenerator, run_dir: Path) -> None:
    """Writes a checkpoint of the generator alone, which `restore_generator` reads."""
    checkpoint = tf.train.Checkpoint(generator=generator)
    folder = str(run_dir / CHECKPOINT_FOLDER)
    tf.train.CheckpointManager(checkpoint, folder, max_to_keep=1).save(0)


def load_config(run_dir: Path) -> Config:
    """Returns the effective configuration of a run.

    Raises:
        InputError: the folder is no run.
    """
    path = run_dir / CONFIG_FILE
    if not path.is_file():
        raise InputError(
            f"{run_dir} is no run folder: expected {CONFIG_FILE} and "
            f"{CHECKPOINT_FOLDER}/ as `v2v-tf train` leaves them"
        )
    return configuration.load(path)


def restore_generator(generator: SequentialGenerator, run_dir: Path) -> None:
    """Loads the weights of the newest checkpoint into a built generator.

    Raises:
        InputError: there is no checkpoint, or it does not fit.
    """
    newest = tf.train.latest_checkpoint(str(run_dir / CHECKPOINT_FOLDER))
    if newest is None:
        raise InputError(f"{run_dir / CHECKPOINT_FOLDER} holds no checkpoint yet")
    try:
        status = tf.train.Checkpoint(generator=generator).restore(newest)
        status.assert_existing_objects_matched().expect_partial()
    except (AssertionError, ValueError, tf.errors.OpError) as error:
        raise InputError(
            f"{newest} does not fit the network that {CONFIG_FILE} describes, or is "
            f"damaged: restore the files that training wrote ({error})"
        ) from error
