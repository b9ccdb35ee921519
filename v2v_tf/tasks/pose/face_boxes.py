"""Finds faces in the planes of a pose, as one box a frame (method.md 1.12).

TensorFlow, because the input pipeline looks before random drops hide a face, and a
model looks for itself where a batch comes without boxes.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.tasks.pose.config import PoseConfig
from v2v_tf.tasks.pose.drop import HEAD_PARTS
from v2v_tf.tasks.pose.skeleton import BODY_LIMBS

_PART_PLANE = 2
# Between the neck and the nose, points 1 and 0.
_FACE_COLOUR = dict(BODY_LIMBS)[(0, 1)]


def face_boxes(planes: tf.Tensor, pose: PoseConfig) -> tf.Tensor:
    """Finds the smallest box around what marks a face in each frame.

    With DensePose that is its head parts, else the limb from neck to nose where it has
    its pure colour.

    Args:
        planes: uint8 [..., H, W, P], of `PoseConditioning`; H and W static.
        pose: options of the task: which planes there are.

    Returns:
        int32 [..., 4], pixels: first and last row, first and last column, all
        inclusive; (H, -1, W, -1) where nothing marks a face.
    """
    marked = _marked(planes, pose)
    rows = _extremes(tf.reduce_any(marked, axis=-1))
    columns = _extremes(tf.reduce_any(marked, axis=-2))
    return tf.stack([*rows, *columns], axis=-1)


def _marked(planes: tf.Tensor, pose: PoseConfig) -> tf.Tensor:
    """Returns which pixels show a face, bool [..., H, W]."""
    if pose.use_densepose:
        # The head parts are the highest.
        return planes[..., _PART_PLANE] >= min(HEAD_PARTS)
    return tf.reduce_all(planes[..., :3] == list(_FACE_COLOUR), axis=-1)


def _extremes(marked: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the first and the last index that is marked, int32 [...].

    Args:
        marked: bool [..., N]; without a mark the results are N and -1.
    """
    size = marked.shape[-1]
    index = tf.range(size)
    first = tf.reduce_min(tf.where(marked, index, size), axis=-1)
    last = tf.reduce_max(tf.where(marked, index, -1), axis=-1)
    return first, last
