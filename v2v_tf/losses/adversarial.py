"""Least-squares GAN losses (spec 3.1).

Scores may have any shape, so patch discriminators fit. Means are over examples and
patches, sums over the spatial copies of a discriminator.
"""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf

__all__ = ["lsgan_discriminator_loss", "lsgan_generator_loss"]


def lsgan_generator_loss(fake_scores: Sequence[tf.Tensor]) -> tf.Tensor:
    """Returns the sum over copies of mean((fake - 1)^2).

    Args:
        fake_scores: one float tensor per spatial copy, any shape.
    """
    return tf.add_n([tf.reduce_mean(tf.square(s - 1.0)) for s in fake_scores])


def lsgan_discriminator_loss(
    real_scores: Sequence[tf.Tensor], fake_scores: Sequence[tf.Tensor]
) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the real and the fake part; a discriminator minimises half their sum.

    Args:
        real_scores: one float tensor per spatial copy, any shape.
        fake_scores: likewise.
    """
    real = tf.add_n([tf.reduce_mean(tf.square(s - 1.0)) for s in real_scores])
    fake = tf.add_n([tf.reduce_mean(tf.square(s)) for s in fake_scores])
    return real, fake
