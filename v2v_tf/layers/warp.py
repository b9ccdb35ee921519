"""Warps backward: the one place that calls `tfa.image.dense_image_warp`.

Convention (method.md 1.1): flow is in pixels, channels (dx, dy), on the grid of the
output, `out(y, x) = image(y + dy, x + dx)`, bilinear, the border clamped.
"""

from __future__ import annotations

import warnings

import tensorflow as tf

with warnings.catch_warnings():
    # Its last release announces the end of the project on every import.
    warnings.filterwarnings("ignore", category=UserWarning)
    from tensorflow_addons.image import dense_image_warp


def backward_warp(image: tf.Tensor, flow: tf.Tensor) -> tf.Tensor:
    """Samples `image` where `flow` points.

    Args:
        image: [B, H, W, C], any range; H, W >= 2.
        flow: [B, H, W, 2], pixels, (dx, dy).

    Returns:
        float32 [B, H, W, C], whatever the precision policy; NaN where the flow is.

    Raises:
        ValueError: wrong ranks, or a flow without two channels.

    Example:
        Each pixel takes the value of its right neighbour:

        ```python
        >>> import tensorflow as tf
        >>> image = tf.reshape([0.0, 1.0, 2.0, 0.0, 1.0, 2.0], [1, 2, 3, 1])
        >>> flow = tf.ones([1, 2, 3, 2]) * [1.0, 0.0]
        >>> backward_warp(image, flow)[0, 0, :, 0].numpy().tolist()
        [1.0, 2.0, 2.0]
        ```
    """
    if image.shape.rank != 4 or flow.shape.rank != 4 or flow.shape[-1] != 2:
        raise ValueError(
            "backward_warp expects an image [B, H, W, C] and a flow [B, H, W, 2], "
            f"got {image.shape} and {flow.shape}"
        )
    # A NaN would become an index out of range and crash before a loss can show it.
    flow = tf.cast(flow, tf.float32)
    lost = tf.reduce_any(tf.math.is_nan(flow), axis=-1, keepdims=True)
    flow = tf.where(lost, 0.0, flow)
    # tfa subtracts its flow and orders it (dy, dx).
    warped = dense_image_warp(tf.cast(image, tf.float32), -flow[..., ::-1])
    return tf.where(lost, float("nan"), warped)
