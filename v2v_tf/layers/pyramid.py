"""Builds the average-pooled image pyramid (method.md 1.3)."""

from __future__ import annotations

import tensorflow as tf


def halve(image: tf.Tensor) -> tf.Tensor:
    """Average-pools 3x3 at stride 2, padding left out of the mean.

    Args:
        image: [B, H, W, C]; label planes become fractions, as intended.

    Returns:
        [B, ceil(H / 2), ceil(W / 2), C]; a constant image stays that constant.
    """
    height, width = tf.shape(image)[1], tf.shape(image)[2]
    inside = tf.ones([1, height, width, 1], image.dtype)

    def pool(x: tf.Tensor) -> tf.Tensor:
        # PyTorch's padding of 1 on every side; SAME would pad even sides only after.
        padded = tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]])
        return tf.nn.avg_pool2d(padded, 3, 2, "VALID")

    return pool(image) / pool(inside)


def pyramid(image: tf.Tensor, num_scales: int) -> list[tf.Tensor]:
    """Returns `num_scales` images, full resolution first, each half of the last."""
    images = [image]
    while len(images) < num_scales:
        images.append(halve(images[-1]))
    return images
