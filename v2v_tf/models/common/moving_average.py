"""An exponential moving average of a generator's weights."""

from __future__ import annotations

import tensorflow as tf


class MovingAverage(tf.Module):
    """Keeps a twin of a generator whose weights follow slowly.

    After n updates the decay is min(decay, (1 + n) / (10 + n)), so that the random
    weights of the beginning are soon forgotten.

    Args:
        twin: generator of the same architecture, built.
        decay: share of the old value that stays in an update, 0 .. 1.

    Attributes:
        generator: the twin that was given.
        updates: number of updates so far.
    """

    def __init__(self, twin: tf.keras.Model, decay: float) -> None:
        super().__init__(name="moving_average")
        self.generator = twin
        self.decay = decay
        self.updates = tf.Variable(
            0,
            dtype=tf.int64,
            trainable=False,
            aggregation=tf.VariableAggregation.ONLY_FIRST_REPLICA,
        )

    def follow(self, generator: tf.keras.Model) -> None:
        """Moves the weights towards those of the generator.

        Call it once per step of its optimiser, inside `strategy.run` or without a
        strategy.
        """
        pairs = list(zip(self.generator.weights, generator.weights, strict=True))

        def update(strategy: tf.distribute.Strategy) -> None:
            count = tf.cast(self.updates, tf.float32)
            decay = tf.minimum(self.decay, (1.0 + count) / (10.0 + count))
            for slow, fast in pairs:
                strategy.extended.update(
                    slow, lambda old, new: _approach(old, new, decay), args=(fast,)
                )
            strategy.extended.update(self.updates, lambda n: n.assign_add(1))

        tf.distribute.get_replica_context().merge_call(update)


def _approach(old: tf.Variable, new: tf.Variable, decay: tf.Tensor) -> tf.Tensor:
    rate = tf.cast(1.0 - decay, old.dtype)
    return old.assign_sub(rate * (old - new))
