"""Means over a batch in which some examples may count as zero."""

from __future__ import annotations

import tensorflow as tf


def example_mean(values: tf.Tensor, examples: tf.Tensor | None = None) -> tf.Tensor:
    """Returns the mean over all examples, of which those that do not count are zero.

    The divisor is N, not the number that counts: an example weighs the same whatever
    else is in the batch, and the mean of a batch is the mean of the means of its
    halves, as on several devices.

    Args:
        values: float32 [N, ...], any shape after the examples.
        examples: float32 [N], 1 for an example that counts and 0 for one that does
            not; None if all do.

    Returns:
        Scalar; 0 where no example counts.
    """
    if examples is None:
        return tf.reduce_mean(values)
    inner = list(range(1, values.shape.rank))
    return tf.reduce_mean(tf.reduce_mean(values, axis=inner) * examples)
