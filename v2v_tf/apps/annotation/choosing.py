"""Chooses the detector that finds what a task reads."""

from __future__ import annotations

from v2v_tf.config import Config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.errors import InputError


def detector_name(config: Config, asked: str | None = None) -> str:
    """Returns the name of the detector for the task of a configuration.

    Args:
        config: configuration whose task says what is looked for.
        asked: name that a user gave; None for the first one of the task.

    Raises:
        InputError: there is no such detector, or it is of another task.
    """
    if asked is None:
        for name in DETECTORS.names():
            if DETECTORS.get(name).task == config.task:
                return name
        able = sorted({DETECTORS.get(name).task for name in DETECTORS.names()})
        raise InputError(
            f"no detector finds what task {config.task} reads: there are detectors for "
            f"{', '.join(able)}; another package may bring one"
        )
    other = DETECTORS.get(asked).task
    if other != config.task:
        raise InputError(
            f"--detector {asked} finds what task {other} reads, and the task is "
            f"{config.task}: leave --detector out, or give --task {other}"
        )
    return asked
