"""Conditions as pictures: the planes of a clip record, painted for the eye."""

from __future__ import annotations

import numpy as np

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.palettes import colorize_labels

_PART_STEP = 10  # spreads DensePose part indices 0 .. 24 over 0 .. 240


def colorize_conditions(planes: np.ndarray, config: Config) -> np.ndarray:
    """Paints the condition planes of a task.

    Street labels take their palette's colours; face and edges show their edge plane,
    white on black; pose draws the OpenPose strokes over DensePose (U, V, part index
    as red, green, blue, the index spread over the range).

    Args:
        planes: uint8 [T, H, W, P], as clip records hold them.
        config: the task, its palette and which planes it has.

    Returns:
        uint8 [T, H, W, 3], RGB.

    Raises:
        InputError: other planes than the task has, or a label without a colour.
    """
    expected = registry.create(config).num_planes
    shape = np.shape(planes)
    kind = getattr(planes, "dtype", type(planes).__name__)
    if kind != np.uint8 or len(shape) != 4 or shape[-1] != expected:
        raise InputError(
            f"planes of task {config.task}: expected uint8 [T, H, W, {expected}], got "
            f"{kind} {list(shape)}"
        )
    if config.task == "street":
        return colorize_labels(planes[..., 0], config.conditioning.street.palette)
    if config.task == "pose":
        return _colorize_pose(planes, config.conditioning.pose.use_densepose)
    return np.repeat(planes[..., :1], 3, axis=-1)


def _colorize_pose(planes: np.ndarray, has_densepose: bool) -> np.ndarray:
    if not has_densepose:
        return planes.copy()
    picture = planes[..., :3].copy()
    picture[..., 2] = np.minimum(picture[..., 2].astype(np.int64) * _PART_STEP, 255)
    strokes = planes[..., 3:]
    if strokes.shape[-1]:
        picture = np.where(strokes.any(axis=-1, keepdims=True), strokes, picture)
    return picture
