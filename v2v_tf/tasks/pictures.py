"""Conditions as pictures: the planes of a clip record, painted for the eye."""

from __future__ import annotations

import numpy as np

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.tasks.registry import create, task_of


def colorize_conditions(planes: np.ndarray, config: Config) -> np.ndarray:
    """Paints the condition planes of a task, see `Task.picture`.

    Args:
        planes: uint8 or uint16 [T, H, W, P], as clip records hold them.
        config: the task, and how it is painted.

    Returns:
        uint8 [T, H, W, 3], RGB.

    Raises:
        InputError: other planes than the task has, or values without a colour.
    """
    conditioning = create(config)
    expected, dtype = conditioning.num_planes, np.dtype(conditioning.plane_dtype)
    shape = np.shape(planes)
    kind = getattr(planes, "dtype", type(planes).__name__)
    if kind != dtype or len(shape) != 4 or shape[-1] != expected:
        raise InputError(
            f"planes of task {config.task}: expected {dtype} [T, H, W, {expected}], "
            f"got {kind} {list(shape)}"
        )
    return task_of(config).picture(planes, config)
