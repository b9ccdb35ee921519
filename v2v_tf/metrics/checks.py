"""Checks arrays for metrics and pictures, and refuses them in one sentence."""

from __future__ import annotations

import numpy as np

from v2v_tf.errors import InputError


def check_frames(name: str, frames: np.ndarray) -> None:
    """Checks a clip of RGB frames.

    Args:
        name: name of the array in the message.
        frames: should be uint8 [T, H, W, 3], T >= 1.

    Raises:
        InputError: it is something else.
    """
    shape = np.shape(frames)
    kind = getattr(frames, "dtype", type(frames).__name__)
    if kind != np.uint8 or len(shape) != 4 or shape[-1] != 3 or 0 in shape:
        raise InputError(
            f"{name}: expected a clip of one frame or more, uint8 [T, H, W, 3] in "
            f"[0, 255], got {kind} {list(shape)}"
        )


def check_shape(name: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    """Checks that an array has one certain shape.

    Args:
        name: name of the array in the message.
        array: any array.
        shape: the shape it should have.

    Raises:
        InputError: it has another one.
    """
    if np.shape(array) != shape:
        raise InputError(
            f"{name}: expected shape {list(shape)}, got {list(np.shape(array))}"
        )


def check_flow(name: str, flow: np.ndarray, shape: tuple[int, ...]) -> None:
    """Checks a flow field of a certain shape.

    Args:
        name: name of the array in the message.
        flow: should be of numbers, pixels, (dx, dy) last.
        shape: the shape it should have.

    Raises:
        InputError: it has another shape, or holds NaN or infinity.
    """
    check_shape(name, flow, shape)
    if not np.isfinite(flow).all():
        raise InputError(
            f"{name}: expected finite displacements in pixels, got NaN or infinity; "
            "set such pixels to 0 and mask them"
        )


def check_mask(name: str, mask: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Checks a mask of a certain shape and returns it as booleans.

    Args:
        name: name of the array in the message.
        mask: should be booleans, or numbers that are all 0 or 1.
        shape: the shape it should have.

    Returns:
        bool, the same shape.

    Raises:
        InputError: it has another shape or other values.
    """
    check_shape(name, mask, shape)
    mask = np.asarray(mask)
    if mask.dtype != np.bool_ and not ((mask == 0) | (mask == 1)).all():
        raise InputError(
            f"{name}: expected booleans or zeros and ones, got {mask.dtype} with "
            "other values; compare with a threshold first"
        )
    return mask.astype(bool)
