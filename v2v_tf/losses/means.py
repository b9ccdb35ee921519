"""Means over a batch of which some examples may not count."""

from __future__ import annotations

import tensorflow as tf


def example_mean(values: tf.Tensor, examples: tf.Tensor | None = None) -> tf.Tensor:
    """Returns the mean of all elements of the examples that count.

    Args:
        values: float32, examples first, then any shape.
        examples: float32 [N], 1 for an example that counts and 0 for one that does
            not; None if all do.

    Returns:
        Scalar; 0 where no example counts.
    """
    if examples is None:
        return tf.reduce_mean(values)
    inner = list(range(1, values.shape.rank))
    means = tf.reduce_mean(values, axis=inner)
    return tf.math.divide_no_nan(
        tf.reduce_sum(means * examples), tf.reduce_sum(examples)
    )
