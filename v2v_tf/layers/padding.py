"""Pads by reflection, the edge pixel left out (method.md 1.2).

TensorFlow's own (`tf.pad(..., "REFLECT")`) takes five to ten times as long on a CPU as
a copy, and there is one before every convolution of a residual block. Here the mirrored
image is gathered, pixel by pixel, which is as fast as the copy.
"""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.layers.gradients import WithGradient, custom_gradient

_INDICES = "_v2v_reflected_indices"  # attribute of a graph


def reflect_pad(image: tf.Tensor, rows: int, columns: int) -> tf.Tensor:
    """Mirrors an image beyond its borders.

    Args:
        image: [B, H, W, C], any float type; H > rows and W > columns.
        rows: added above and below.
        columns: added on the left and on the right.

    Returns:
        [B, H + 2 rows, W + 2 columns, C].

    Raises:
        InputError: an image that is too small to be mirrored.
    """
    height, width = image.shape[1:3]
    if (height or rows + 1) <= rows or (width or columns + 1) <= columns:
        raise InputError(
            f"an image of {height}x{width} (height x width) cannot be mirrored by "
            f"{rows} rows and {columns} columns: use larger frames or "
            "a smaller downsampling factor"
        )
    if tf.config.list_logical_devices("GPU"):
        # A kernel of its own there; sums by segments would come in any order.
        return tf.pad(image, [[0, 0], [rows] * 2, [columns] * 2, [0, 0]], "REFLECT")
    return _gather(image, rows, columns)


def _gather(image: tf.Tensor, rows: int, columns: int) -> tf.Tensor:
    shape = tf.shape(image)
    batch, height, width, channels = (
        shape[axis] if size is None else size for axis, size in enumerate(image.shape)
    )
    sides = [height + 2 * rows, width + 2 * columns]
    pixels = height * width
    sources = _once(_sources, height, width, rows, columns)

    @custom_gradient
    def gather(image: tf.Tensor) -> WithGradient:
        flat = tf.reshape(image, [batch, pixels, channels])
        padded = tf.gather(flat, sources, axis=1)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            # A pixel gets the sum of what came to it and to its mirror images.
            summed = tf.math.unsorted_segment_sum(
                tf.reshape(upstream, [-1, channels]),
                _once(_sources_of_batch, batch, height, width, rows, columns),
                batch * pixels,
            )
            return tf.reshape(summed, [batch, height, width, channels])

        return tf.reshape(padded, [batch, *sides, channels]), gradient

    return gather(image)


def _once(make: Callable[..., tf.Tensor], *sizes: int | tf.Tensor) -> tf.Tensor:
    """Makes indices, or takes those that the graph has already.

    A training step pads a hundred times, mostly maps of one size, and counts their
    pixels once.
    """
    graph = tf.compat.v1.get_default_graph()
    static = all(isinstance(size, int) for size in sizes)
    if not (static and tf.inside_function()):
        return make(*sizes)
    made = getattr(graph, _INDICES, None)
    if made is None:
        made = {}
        setattr(graph, _INDICES, made)
    key = (make.__name__, *sizes)
    if key not in made:
        made[key] = make(*sizes)
    return made[key]


def _sources(
    height: int | tf.Tensor, width: int | tf.Tensor, rows: int, columns: int
) -> tf.Tensor:
    """Returns which pixel of a flat image each padded pixel shows."""
    y, x = _mirrored(height, rows), _mirrored(width, columns)
    return tf.reshape(y[:, None] * width + x, [-1])


def _sources_of_batch(
    batch: int | tf.Tensor,
    height: int | tf.Tensor,
    width: int | tf.Tensor,
    rows: int,
    columns: int,
) -> tf.Tensor:
    """Returns the same in a flat batch of images."""
    first = tf.range(batch) * (height * width)
    of_image = _once(_sources, height, width, rows, columns)
    return tf.reshape(first[:, None] + of_image, [-1])


def _mirrored(size: int | tf.Tensor, padding: int) -> tf.Tensor:
    """Returns which index each row or column shows: 2 1 | 0 1 2 3 4 | 3 2."""
    inside = tf.range(size)
    before = tf.range(padding, 0, -1)
    after = tf.range(size - 2, size - 2 - padding, -1)
    return tf.concat([before, inside, after], axis=0)
