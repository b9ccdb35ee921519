"""Warps backward, by `tfa.image.dense_image_warp`.

Convention (method.md 1.1): flow is in pixels, channels (dx, dy), on the grid of the
output, `out(y, x) = image(y + dy, x + dx)`, bilinear, the border clamped. TF Addons has
ended; where it is not installed, `bilinear_warp` does the same.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf import compat

_dense_image_warp = compat.dense_image_warp()


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
    image = tf.cast(image, tf.float32)
    if _dense_image_warp is None:
        warped = bilinear_warp(image, flow)
    else:
        # tfa subtracts its flow and orders it (dy, dx).
        warped = _dense_image_warp(image, -flow[..., ::-1])
    return tf.where(lost, float("nan"), warped)


def bilinear_warp(image: tf.Tensor, flow: tf.Tensor) -> tf.Tensor:
    """Samples `image` where `flow` points; to the bit what TF Addons gives.

    Also in both gradients, where `flow` points outside and at whole pixels too; that by
    the image is a sum, whose order TensorFlow chooses.

    Args:
        image: float32 [B, H, W, C]; H, W >= 2.
        flow: float32 [B, H, W, 2], pixels, (dx, dy), finite.

    Returns:
        float32 [B, H, W, C].
    """
    shape = tf.shape(image)
    batch, height, width, channels = tf.unstack(shape)
    rows, columns = tf.range(height), tf.range(width)
    up, down = _neighbours(tf.cast(rows, tf.float32)[:, None] + flow[..., 1], height)
    left, right = _neighbours(tf.cast(columns, tf.float32) + flow[..., 0], width)
    pixels = tf.reshape(image, [batch * height * width, channels])
    first = (tf.range(batch) * height * width)[:, None, None]

    def at(row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
        return tf.gather(pixels, first + row * width + column)

    def between(one: tf.Tensor, other: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
        return share * (other - one) + one

    upper = between(at(up, left), at(up, left + 1), right)
    lower = between(at(up + 1, left), at(up + 1, left + 1), right)
    return tf.ensure_shape(between(upper, lower, down), image.shape)


def _neighbours(places: tf.Tensor, size: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the pixel before each place along an axis, and the share of the next.

    Args:
        places: float32, any shape, pixels.
        size: number of pixels of the axis.

    Returns:
        int32, 0 .. size - 2; float32 [..., 1], 0 .. 1.
    """
    last = tf.cast(size - 2, tf.float32)
    before = tf.minimum(tf.maximum(0.0, tf.floor(places)), last)
    # The order of arguments decides who gets the gradient at a whole pixel.
    share = tf.minimum(tf.maximum(0.0, places - before), 1.0)
    return tf.cast(before, tf.int32), share[..., None]
