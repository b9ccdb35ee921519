"""Styles of regions: a few numbers for the look of each (method.md 6.4).

A region is an instance of a class: a car, or all of the road. In training its style
comes from the real frame, by the encoder. A video that has none is drawn with a table:
K styles for each class, of which instance i has number i mod K. The table holds for the
whole video, so an instance keeps its look, also when it leaves and comes back.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.config import StyleConfig
from v2v_tf.tasks.base import Conditioning

# Instance ids are 16 bit in clip records.
_MAX_INSTANCES = 1 << 16


def table_shape(
    style: StyleConfig, conditioning: Conditioning
) -> tuple[int, int, int] | None:
    """Returns (L, K, F) of a table; None for a model without styles."""
    if not style.num_features:
        return None
    return conditioning.num_style_classes, style.num_variants, style.num_features


def region_ids(classes: tf.Tensor, instances: tf.Tensor) -> tf.Tensor:
    """Returns one id for each pair of class and instance.

    Args:
        classes: int32, any shape.
        instances: int32 of that shape, 0 .. 65535.
    """
    return classes * _MAX_INSTANCES + instances % _MAX_INSTANCES


def paint(table: tf.Tensor, classes: tf.Tensor, instances: tf.Tensor) -> tf.Tensor:
    """Gives every pixel the style of its region.

    Args:
        table: float32 [B, L, K, F].
        classes: int32 [B, ..., H, W], 0 .. L - 1.
        instances: int32 [B, ..., H, W].

    Returns:
        float32 [B, ..., H, W, F].
    """
    rows = _rows(classes, instances, tf.shape(table)[2])
    flat = tf.reshape(table, [tf.shape(table)[0], -1, table.shape[3]])
    return tf.gather(flat, rows, batch_dims=1)


def table_of(
    features: tf.Tensor,
    classes: tf.Tensor,
    instances: tf.Tensor,
    shape: tuple[int, int],
    unseen: tf.Tensor | None = None,
) -> tf.Tensor:
    """Returns the table of the styles that frames show.

    A place in the table is the mean over all pixels that belong to it. A place without
    pixels has the style that `unseen` has there. Without it, it gets the mean of its
    class, and a class without pixels the mean of the whole video.

    Args:
        features: float32 [B, N, H, W, F], of every pixel of N frames.
        classes: int32 [B, N, H, W].
        instances: int32 [B, N, H, W].
        shape: (L, K).
        unseen: float32 [B, L, K, F], styles of what the frames do not show; None for
            means.

    Returns:
        float32 [B, L, K, F].
    """
    num_classes, num_variants = shape
    num_features = features.shape[-1]

    def of_video(inputs: tuple[tf.Tensor, ...]) -> tf.Tensor:
        values, kinds, ids, *others = inputs
        values = tf.reshape(tf.cast(values, tf.float64), [-1, num_features])
        rows = tf.reshape(_rows(kinds, ids, num_variants), [-1])
        size = num_classes * num_variants
        sums = tf.math.unsorted_segment_sum(values, rows, size)
        counts = tf.math.unsorted_segment_sum(tf.ones_like(values[:, :1]), rows, size)
        sums = tf.reshape(sums, [num_classes, num_variants, num_features])
        counts = tf.reshape(counts, [num_classes, num_variants, 1])
        of_class = tf.reduce_sum(sums, 1, keepdims=True)
        in_class = tf.reduce_sum(counts, 1, keepdims=True)
        whole = tf.reduce_mean(values, 0)
        if others:
            otherwise = tf.cast(others[0], tf.float64)
        else:
            of_class /= tf.maximum(in_class, 1)
            otherwise = tf.where(in_class > 0, of_class, whole)
        table = tf.where(counts > 0, sums / tf.maximum(counts, 1), otherwise)
        return tf.cast(table, tf.float32)

    return tf.map_fn(
        of_video,
        (features, classes, instances, *(() if unseen is None else (unseen,))),
        fn_output_signature=tf.TensorSpec([*shape, num_features], tf.float32),
    )


def _rows(
    classes: tf.Tensor, instances: tf.Tensor, num_variants: tf.Tensor | int
) -> tf.Tensor:
    return classes * num_variants + instances % num_variants
