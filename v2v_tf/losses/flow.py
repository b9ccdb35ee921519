"""Masked losses on flow, warps and the mask (method.md 3.5, 3.6)."""

from __future__ import annotations

import tensorflow as tf


def masked_l1(a: tf.Tensor, b: tf.Tensor, mask: tf.Tensor) -> tf.Tensor:
    """Returns mean(|a - b| * mask) over all elements.

    Masked-out elements count as zeros: the mean is not renormalised by the mask's
    area (method.md 3).

    Args:
        a: float [..., C].
        b: float, of the same shape.
        mask: float [..., 1], range [0, 1].
    """
    return tf.reduce_mean(tf.abs(a - b) * mask)
