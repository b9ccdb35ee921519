"""Sets the precision policy while networks are constructed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from v2v_tf.config import RuntimeConfig


@contextmanager
def precision_scope(config: RuntimeConfig) -> Iterator[None]:
    """Makes layers constructed inside compute in `config.precision`.

    Heads, warp, norm statistics, flow and losses stay float32 by their own code.
    """
    with policy_scope(config.precision):
        yield


@contextmanager
def policy_scope(name: str) -> Iterator[None]:
    """Gives layers constructed inside the Keras policy of that name."""
    before = tf.keras.mixed_precision.global_policy()
    tf.keras.mixed_precision.set_global_policy(name)
    try:
        yield
    finally:
        tf.keras.mixed_precision.set_global_policy(before)
