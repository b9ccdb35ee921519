"""The objective of image generators: its loss terms (method.md 3.7)."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import LossConfig
from v2v_tf.losses.perceptual import PerceptualLoss, perceptual_weight
from v2v_tf.models.common.adversarial_terms import IMAGE_TERMS, beside
from v2v_tf.models.common.discriminators import Discriminator
from v2v_tf.models.common.loss_terms import (
    Losses,
    LossTerm,
    compute_terms,
    tag_names,
    weighted_terms,
)
from v2v_tf.models.common.random_inputs import NO_CHANGES, RandomInputs


class ComparedImages(NamedTuple):
    """Generated and real images that terms compare.

    Attributes:
        fake: float32 [N, H, W, 3], range [-1, 1].
        real: float32 [N, H, W, 3], range [-1, 1].
        perceptual: the VGG loss, or None without VGG weights.
    """

    fake: tf.Tensor
    real: tf.Tensor
    perceptual: PerceptualLoss | None


def _l1(x: ComparedImages) -> tf.Tensor:
    return tf.reduce_mean(tf.abs(x.fake - x.real))


def _perceptual(x: ComparedImages) -> tf.Tensor:
    assert x.perceptual is not None
    return x.perceptual(x.fake, x.real)


# Checkpoints keep the means of losses in the order of the rows.
IMAGE_GENERATOR_TERMS = (
    LossTerm("l1", lambda weights: weights.l1, _l1),
    LossTerm("perceptual", perceptual_weight, _perceptual),
)


def loss_names(weights: LossConfig) -> list[str]:
    """Returns the names of all losses, as they are logged.

    Args:
        weights: the loss block of the configuration.
    """
    names = [term.name for term in weighted_terms(IMAGE_GENERATOR_TERMS, weights)]
    names += IMAGE_TERMS.generator_names(weights)
    return tag_names(names, IMAGE_TERMS.discriminator_names(weights))


def compute_losses(
    weights: LossConfig,
    discriminator: Discriminator,
    condition: tf.Tensor,
    images: ComparedImages,
    changes: RandomInputs = NO_CHANGES,
) -> dict[str, Losses]:
    """Computes the losses of the generator and of the image discriminator.

    Args:
        weights: the loss block of the configuration.
        discriminator: the image discriminator.
        condition: [N, H, W, C], the encoded condition of each image.
        images: the generated and the real images.
        changes: random changes of what the discriminator reads.

    Returns:
        Weighted terms of the `generator`, terms of `image`.
    """
    losses = compute_terms(IMAGE_GENERATOR_TERMS, weights, images)
    inputs = beside(condition, [images.real, images.fake])
    inputs, near = changes(inputs, condition.shape[-1], 1, 0)
    of_generator, image = IMAGE_TERMS.compute(
        weights, discriminator, inputs, disturbed=near
    )
    return {"generator": losses | of_generator, "image": image}
