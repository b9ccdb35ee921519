"""Trains a finished run for more epochs.

They are the last stage's `extra_epochs`, so that a run that was extended ends with the
weights of one that had them from the beginning.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.training import curriculum


def as_extended(run_dir: Path, config: Config) -> Config:
    """Returns a configuration with the epochs that an earlier command has added.

    Args:
        run_dir: the run.
        config: configuration of the command that continues it.
    """
    stages = runs.load_config(run_dir).curriculum
    if len(stages) != len(config.curriculum):
        return config
    added = max(stages[-1].extra_epochs, config.curriculum[-1].extra_epochs)
    return _with_extra(config, added)


def extend(run_dir: Path, config: Config, data_dir: Path, num_epochs: int) -> Config:
    """Returns the configuration of a finished run with more epochs of its last stage.

    One that is not finished goes on to its end first, so that a command that was
    stopped can be given again: nothing is added to it.

    Args:
        run_dir: the run.
        config: its configuration, from `as_extended`.
        data_dir: its records.
        num_epochs: epochs to add, 1 or more.

    Raises:
        InputError: fewer than 1.
    """
    if num_epochs < 1:
        raise InputError(f"--extend must be 1 or more, got {num_epochs}")
    done = max((step for step, _ in runs.checkpoints(run_dir)), default=0)
    end = curriculum.plan(config, data_dir)[-1].end_step
    if done < end:
        print(f"{run_dir} has trained {done} of {end} steps: goes on, nothing is added")
        return config
    return _with_extra(config, config.curriculum[-1].extra_epochs + num_epochs)


def _with_extra(config: Config, extra_epochs: int) -> Config:
    *stages, last = config.curriculum
    longer = dataclasses.replace(last, extra_epochs=extra_epochs)
    return dataclasses.replace(config, curriculum=(*stages, longer))
