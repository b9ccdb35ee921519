"""Where the face of a pose is, for the face discriminator (spec 2.5).

One square for each example, over all frames of its chunk: its side is constant, so
that the crops make a batch, and it is centred on what marks the face in the condition.
The original has one square for a whole batch, between the faces of different clips.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.conditioning.pose_skeleton import BODY_LIMBS
from v2v_tf.config import Config, PoseConfig

_PART_PLANE = 2
# Parts are encoded as part / 12 - 1: the head is 23 and 24, above 0.91.
_HEAD_THRESHOLD = 0.9
# Between the neck and the nose, points 1 and 0.
_FACE_COLOUR = dict(BODY_LIMBS)[(0, 1)]
_HALF_A_LEVEL = 1 / 255


class FaceRegion(NamedTuple):
    """A square for each example.

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


def face_region(channels: tf.Tensor, config: Config) -> FaceRegion:
    """Finds the face of each example, inside the graph.

    With DensePose by its head parts, else by the limb from neck to nose where it has
    its pure colour. The centre is halfway between the extremes over all frames; the
    square is moved to lie inside the image.

    Args:
        channels: float [B, F, H, W, C], encoded poses; H and W static.
        config: of task pose; a side is a quarter of `data.resize.fine_size`, rounded
            down to a multiple of 8, at least 8 and at most the image's sides.
    """
    height, width = channels.shape[2:4]
    quarter = max(config.data.resize.fine_size // 32, 1) * 8
    side = min(quarter, height, width)
    marked = _marked(tf.cast(channels, tf.float32), config.conditioning.pose)
    marked = tf.reduce_any(marked, axis=1)
    return FaceRegion(
        top=_start(tf.reduce_any(marked, axis=2), side),
        left=_start(tf.reduce_any(marked, axis=1), side),
        side=side,
        found=tf.reduce_any(marked, axis=[1, 2]),
    )


def crop_region(images: tf.Tensor, region: FaceRegion) -> tf.Tensor:
    """Cuts the square of each example out of all its frames.

    Args:
        images: [B, F, H, W, C], any type; gradients flow through.
        region: of the same examples and size.

    Returns:
        [B, F, side, side, C].
    """
    steps = tf.range(region.side)
    rows = region.top[:, None] + steps
    columns = region.left[:, None] + steps
    cut = tf.gather(images, rows, axis=2, batch_dims=1)
    return tf.gather(cut, columns, axis=3, batch_dims=1)


def _marked(channels: tf.Tensor, pose: PoseConfig) -> tf.Tensor:
    """Returns which pixels show a face, bool [..., H, W]."""
    if pose.use_densepose:
        return channels[..., _PART_PLANE] > _HEAD_THRESHOLD
    colour = tf.constant([level / 127.5 - 1.0 for level in _FACE_COLOUR])
    return tf.reduce_all(tf.abs(channels[..., :3] - colour) < _HALF_A_LEVEL, axis=-1)


def _start(marked: tf.Tensor, side: int) -> tf.Tensor:
    """Returns the first index of the span around the marks, int32 [B].

    Args:
        marked: bool [B, N].
        side: length of the span, at most N.
    """
    size = marked.shape[1]
    index = tf.range(size)
    first = tf.reduce_min(tf.where(marked, index, size), axis=1)
    last = tf.reduce_max(tf.where(marked, index, -1), axis=1)
    # Without a mark this is (size - 1) // 2.
    centre = (first + last) // 2
    return tf.clip_by_value(centre - side // 2, 0, size - side)
