"""Means of all losses over an epoch, and the first loss that is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf


class LossMeter(tf.keras.metrics.Metric):
    """Averages named losses, each over the updates in which it was computed.

    Args:
        names: names of all losses, in the order in which they are computed.
    """

    def __init__(self, names: Sequence[str], **kwargs: Any) -> None:
        super().__init__(name="losses", dtype=tf.float32, **kwargs)
        self.names = list(names)
        shape = [len(self.names)]
        self.sums = self.add_weight("sums", shape, initializer="zeros")
        self.counts = self.add_weight("counts", shape, initializer="zeros")
        self.bad = self.add_weight("bad", shape, initializer="zeros")

    def update_state(self, losses: dict[str, tf.Tensor]) -> None:
        """Adds the losses of an update.

        Args:
            losses: scalars by name; losses that were not computed are left out.

        Raises:
            KeyError: a loss is not among `names`.
        """
        for name in losses:
            if name not in self.names:
                raise KeyError(f"'{name}' is none of {self.names}")
        values = tf.stack([losses.get(name, tf.zeros([])) for name in self.names])
        there = tf.constant([float(name in losses) for name in self.names])
        self.sums.assign_add(values)
        self.counts.assign_add(there)
        self.bad.assign_add(1.0 - tf.cast(tf.math.is_finite(values), tf.float32))

    def result(self) -> dict[str, tf.Tensor]:
        """Returns the mean of every loss; 0 for a loss that was never computed."""
        means = tf.math.divide_no_nan(self.sums, self.counts)
        return dict(zip(self.names, tf.unstack(means), strict=True))

    def reset_state(self) -> None:
        """Forgets all updates."""
        for variable in self.variables:
            variable.assign(tf.zeros_like(variable))

    def first_bad(self) -> str | None:
        """Returns the loss that was the first not to be finite, or None; eager.

        A loss that is not finite spoils the weights, and they spoil all losses of later
        chunks: the first such loss was not finite most often.
        """
        bad = tf.convert_to_tensor(self.bad).numpy()
        return self.names[int(bad.argmax())] if bad.any() else None
