"""GAN losses by mode: least squares, hinge, non-saturating (method.md 3.2).

Scores are raw, without an activation, and may have any shape, so patch discriminators
fit. Means are over examples and patches, sums over the spatial copies of a
discriminator. Of each mode there is what a generator and what a discriminator
minimises; `generator_loss` and `discriminator_loss` choose by `losses.gan_mode`.

`examples` is float32 [N], 1 for an example (first axis) that counts and 0 for one that
enters the means as zero; None if all count. Means are over all N either way.

References:
    Mao et al., Least Squares Generative Adversarial Networks, arXiv 1611.04076.
    Lim and Ye, Geometric GAN, arXiv 1705.02894 (hinge).
    Goodfellow et al., Generative Adversarial Networks, arXiv 1406.2661.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf

from v2v_tf.losses.means import example_mean

Scores = Sequence[tf.Tensor]
Parts = tuple[tf.Tensor, tf.Tensor]


def generator_loss(
    mode: str, fake_scores: Scores, examples: tf.Tensor | None = None
) -> tf.Tensor:
    """Returns the scalar that a generator minimises.

    Args:
        mode: `lsgan`, `hinge` or `non_saturating`.
        fake_scores: one float tensor per spatial copy, any shape.
        examples: float32 [N], 1 for an example that counts, see the module; None if
            all count.
    """
    return _GENERATOR[mode](fake_scores, examples)


def discriminator_loss(
    mode: str,
    real_scores: Scores,
    fake_scores: Scores,
    examples: tf.Tensor | None = None,
) -> Parts:
    """Returns the real and the fake part; a discriminator minimises half their sum.

    Args:
        mode: `lsgan`, `hinge` or `non_saturating`.
        real_scores: one float tensor per spatial copy, any shape.
        fake_scores: one float tensor per spatial copy, any shape.
        examples: float32 [N], 1 for an example that counts, see the module; None if
            all count.
    """
    return _DISCRIMINATOR[mode](real_scores, fake_scores, examples)


def lsgan_generator_loss(
    fake_scores: Scores, examples: tf.Tensor | None = None
) -> tf.Tensor:
    """Returns the sum over copies of mean((fake - 1)^2)."""
    return _sum_copies(lambda s: tf.square(s - 1.0), fake_scores, examples)


def lsgan_discriminator_loss(
    real_scores: Scores, fake_scores: Scores, examples: tf.Tensor | None = None
) -> Parts:
    """Returns the sums over copies of mean((real - 1)^2) and of mean(fake^2)."""
    real = _sum_copies(lambda s: tf.square(s - 1.0), real_scores, examples)
    return real, _sum_copies(tf.square, fake_scores, examples)


def hinge_generator_loss(
    fake_scores: Scores, examples: tf.Tensor | None = None
) -> tf.Tensor:
    """Returns the sum over copies of -mean(fake)."""
    return _sum_copies(tf.negative, fake_scores, examples)


def hinge_discriminator_loss(
    real_scores: Scores, fake_scores: Scores, examples: tf.Tensor | None = None
) -> Parts:
    """Returns the sums of mean(max(0, 1 - real)) and of mean(max(0, 1 + fake))."""
    real = _sum_copies(lambda s: tf.nn.relu(1.0 - s), real_scores, examples)
    return real, _sum_copies(lambda s: tf.nn.relu(1.0 + s), fake_scores, examples)


def non_saturating_generator_loss(
    fake_scores: Scores, examples: tf.Tensor | None = None
) -> tf.Tensor:
    """Returns the sum over copies of -mean(log(sigmoid(fake)))."""
    return _sum_copies(lambda s: tf.nn.softplus(-s), fake_scores, examples)


def non_saturating_discriminator_loss(
    real_scores: Scores, fake_scores: Scores, examples: tf.Tensor | None = None
) -> Parts:
    """Returns the sums of -mean(log(sigmoid(real))), -mean(log(1 - sigmoid(fake)))."""
    # As softplus, which neither overflows nor takes the logarithm of 0.
    real = _sum_copies(lambda s: tf.nn.softplus(-s), real_scores, examples)
    return real, _sum_copies(tf.nn.softplus, fake_scores, examples)


def _sum_copies(
    penalty: Callable[[tf.Tensor], tf.Tensor],
    scores: Scores,
    examples: tf.Tensor | None,
) -> tf.Tensor:
    return tf.add_n([example_mean(penalty(copy), examples) for copy in scores])


_GENERATOR = {
    "lsgan": lsgan_generator_loss,
    "hinge": hinge_generator_loss,
    "non_saturating": non_saturating_generator_loss,
}
_DISCRIMINATOR = {
    "lsgan": lsgan_discriminator_loss,
    "hinge": hinge_discriminator_loss,
    "non_saturating": non_saturating_discriminator_loss,
}
