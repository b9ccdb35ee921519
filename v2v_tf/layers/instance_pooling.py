"""Averages maps over instances (method.md 1.13)."""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.errors import InputError


def instance_average_pool(features: tf.Tensor, instances: tf.Tensor) -> tf.Tensor:
    """Replaces each value by the mean over its instance, channel by channel.

    An instance is all pixels of one example with the same id, connected or not; the
    same id in another example of the batch is another instance.

    Args:
        features: float [B, H, W, C].
        instances: ids of any numeric type and any values, [B, H, W] or [B, H, W, 1].

    Returns:
        [B, H, W, C] in the type of `features`, constant within each instance.

    Raises:
        InputError: ranks or sizes that do not fit.
    """
    features = tf.convert_to_tensor(features)
    instances = tf.convert_to_tensor(instances)
    _check(features.shape, instances.shape)
    batch, height, width, channels = tf.unstack(tf.shape(features))
    ids, index = tf.unique(tf.reshape(instances, [-1]))
    num_ids = tf.size(ids)
    # Every example has its own row of segments, one for each id of the batch.
    segments = tf.reshape(index, [batch, height * width])
    segments += num_ids * tf.range(batch)[:, tf.newaxis]
    segments = tf.reshape(segments, [-1])
    # Pixels are added one by one: over a road of half a million of them the mean of
    # a constant would be off by 0.7 % in float32.
    values = tf.reshape(tf.cast(features, tf.float64), [-1, channels])
    means = tf.math.unsorted_segment_mean(values, segments, batch * num_ids)
    pooled = tf.gather(tf.cast(means, features.dtype), segments)
    return tf.ensure_shape(tf.reshape(pooled, tf.shape(features)), features.shape)


def _check(features: tf.TensorShape, instances: tf.TensorShape) -> None:
    if features.rank != 4:
        raise InputError(
            f"features: expected [batch, height, width, channels], got {features}: "
            "add the axes that are missing"
        )
    fits = instances.rank is None or instances[:3].is_compatible_with(features[:3])
    is_plane = instances.rank in (None, 3) or (
        instances.rank == 4 and instances[3] in (None, 1)
    )
    if not (fits and is_plane):
        raise InputError(
            f"instances: expected one id per pixel, {features[:3]} as the features, "
            f"got {instances}: give the ids of the same examples at the same size"
        )
