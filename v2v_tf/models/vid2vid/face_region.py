"""Where the face of a pose is, for the face discriminator (method.md 1.12).

One square for each example, over all frames of its chunk: its side is constant, so
that the crops make a batch, and it is centred on what marks the face in the condition
as stored (`tasks.pose.face_boxes`). NVIDIA/vid2vid has one square for a whole batch,
between the faces of different clips, and loses it where random drops hide the marks.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class FaceRegion(NamedTuple):
    """Places a square in each example.

    Attributes:
        top: int32 [B], first row.
        left: int32 [B], first column.
        side: rows and columns.
        found: bool [B]; where False the square is at the centre and shows no face.
    """

    top: tf.Tensor
    left: tf.Tensor
    side: int
    found: tf.Tensor


def face_region(boxes: tf.Tensor, size: tuple[int, int], fine_size: int) -> FaceRegion:
    """Places the square of each example, inside the graph.

    The centre is halfway between the extremes over all frames that show a face; the
    square is moved to lie inside the image.

    Args:
        boxes: int32 [B, F, 4], as `tasks.pose.face_boxes` finds them; a frame whose
            first row is greater than its last shows no face.
        size: (height, width) of the frames.
        fine_size: pixels, `data.resize.fine_size`; a side is a quarter of it, rounded
            down to a multiple of 8, at least 8 and at most the image's sides.
    """
    height, width = size
    quarter = max(fine_size // 32, 1) * 8
    side = min(quarter, height, width)
    top, bottom, left, right = tf.unstack(boxes, axis=-1)
    shown = top <= bottom
    return FaceRegion(
        top=_start(shown, top, bottom, height, side),
        left=_start(shown, left, right, width, side),
        side=side,
        found=tf.reduce_any(shown, axis=1),
    )


def crop_region(images: tf.Tensor, region: FaceRegion) -> tf.Tensor:
    """Cuts the square of each example out of all its frames.

    Args:
        images: [B, F, H, W, C], any type; gradients flow through.
        region: squares of the same examples and image size.

    Returns:
        [B, F, side, side, C].
    """
    steps = tf.range(region.side)
    rows = region.top[:, None] + steps
    columns = region.left[:, None] + steps
    cut = tf.gather(images, rows, axis=2, batch_dims=1)
    return tf.gather(cut, columns, axis=3, batch_dims=1)


def _start(
    shown: tf.Tensor, first: tf.Tensor, last: tf.Tensor, size: int, side: int
) -> tf.Tensor:
    """Returns the first index of the span around the boxes, int32 [B].

    Args:
        shown: bool [B, F], whether a frame has a box.
        first: int32 [B, F], first index of each box.
        last: int32 [B, F], last index of each box.
        size: pixels of the image along this axis.
        side: pixels of the span, at most `size`.
    """
    lowest = tf.reduce_min(tf.where(shown, first, size), axis=1)
    highest = tf.reduce_max(tf.where(shown, last, -1), axis=1)
    # Without a box this is (size - 1) // 2.
    centre = (lowest + highest) // 2
    return tf.clip_by_value(centre - side // 2, 0, size - side)
