"""Checks of the shapes that networks are called with."""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.errors import InputError


def check_image(
    name: str, image: tf.Tensor, multiple: int = 1, channels: int | None = None
) -> None:
    """Raises InputError unless `image` is [B, H, W, C] that a network can read.

    Dimensions that are unknown while tracing pass.

    Args:
        name: name of the argument, for the message.
        image: a tensor or an array.
        multiple: number that H and W must be divisible by.
        channels: number that C must be; None for any.
    """
    shape = tf.TensorShape(image.shape)
    if shape.rank is None:
        return
    wanted = f"[B, H, W, {'C' if channels is None else channels}]"
    if shape.rank != 4:
        raise InputError(
            f"{name}: expected {wanted}, got {shape}: give a batch of images, "
            "channels last"
        )
    if channels is not None and shape[-1] not in (None, channels):
        raise InputError(
            f"{name}: expected {wanted}, got {shape}: check the conditioning and the "
            f"number of frames, the network reads {channels} channels"
        )
    height, width = shape[1:3]
    sides = [side for side in (height, width) if side is not None]
    # Padding mirrors the pixel beside the edge: halved, two must be left.
    if any(side % multiple or side < 2 * multiple for side in sides):
        raise InputError(
            f"{name}: height and width must be divisible by {multiple}, as the "
            f"network downsamples them, and at least {2 * multiple}, got "
            f"{height}x{width} (height x width): resize or crop the frames, or build a "
            "network with a smaller downsampling factor"
        )
