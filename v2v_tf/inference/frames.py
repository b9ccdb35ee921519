"""Checks the arrays that synthesis takes, and converts those that it gives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Conditioning


class Synthesized(NamedTuple):
    """Holds generated frames, one ([H, W, C]) or many ([F, H, W, C]).

    Attributes:
        fake_frames: uint8 [..., 3].
        raw_frames: uint8 [..., 3], without the warp; None of an exported model.
        warped_frames: uint8 [..., 3], the last frame warped; None without flow.
        flow: float32 [..., 2], pixels, (dx, dy), backward; None without flow.
        mask: float32 [..., 1], 1 = hallucinated; None without flow.
    """

    fake_frames: np.ndarray
    raw_frames: np.ndarray | None
    warped_frames: np.ndarray | None
    flow: np.ndarray | None
    mask: np.ndarray | None


def to_uint8(images: tf.Tensor) -> tf.Tensor:
    """Returns images of range [-1, 1] as uint8, rounded and clipped."""
    levels = tf.round((tf.clip_by_value(images, -1.0, 1.0) + 1.0) * 127.5)
    return tf.cast(levels, tf.uint8)


def from_uint8(levels: tf.Tensor) -> tf.Tensor:
    """Returns uint8 images as float32 of range [-1, 1]; the inverse of `to_uint8`."""
    return tf.cast(levels, tf.float32) / 127.5 - 1.0


def check_uint8(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Raises InputError unless an array is uint8 of that shape."""
    _check(name, array, shape, np.uint8)


def check_planes(
    planes: np.ndarray, shape: tuple[int, ...], conditioning: Conditioning
) -> None:
    """Raises InputError unless conditions are planes of a task, of a shape.

    Args:
        planes: what came.
        shape: all axes but the last, which is that of planes.
        conditioning: what says the number of planes and their type.
    """
    wanted = (*shape, conditioning.num_planes)
    _check("conditions", planes, wanted, conditioning.plane_dtype)


def _check(
    name: str,
    array: np.ndarray,
    shape: tuple[int, ...],
    dtype: type[np.unsignedinteger],
) -> None:
    kind = getattr(array, "dtype", type(array).__name__)
    if kind != dtype or np.shape(array) != shape:
        raise InputError(
            f"{name}: expected {np.dtype(dtype)} {list(shape)}, got {kind} "
            f"{list(np.shape(array))}"
        )
