"""Loss terms that every discriminator gives: GAN, feature matching, penalty.

GAN terms stay as zeros at a weight of 0: their discriminators still train.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import LossConfig
from v2v_tf.losses.adversarial import discriminator_loss, generator_loss
from v2v_tf.losses.feature_matching import feature_matching_loss
from v2v_tf.losses.means import example_mean
from v2v_tf.models.common.discriminators import Discriminator, Maps
from v2v_tf.models.common.loss_terms import (
    Losses,
    LossTerm,
    Weight,
    compute_terms,
    weighted_terms,
)
from v2v_tf.models.common.random_inputs import NOISE


class ComparedMaps(NamedTuple):
    """Maps of a discriminator, from one pass over real and generated inputs.

    Attributes:
        real: maps of the real input.
        fakes: maps of each generated input.
        mode: GAN loss, see `LossConfig.gan_mode`.
        examples: float32 [N], 1 for an example that counts, 0 for one whose terms are
            zero; None if all count.
    """

    real: Maps
    fakes: list[Maps]
    mode: str
    examples: tf.Tensor | None


@dataclass(frozen=True)
class DiscriminatorTerms:
    """The loss terms of one discriminator, of both sides.

    The generator minimises `gan` and `feature_matching`, with the name of the
    discriminator behind them unless that is `image`. The discriminator minimises
    `<name>_real`, `<name>_fake`, and `<name>_penalty`, of its
    gradient, where that has a weight.

    Attributes:
        name: name of the discriminator in the names of its terms.
        gan: returns the weight of the GAN term.
        factor: returns a factor on both terms of the generator.
    """

    name: str
    gan: Weight
    factor: Weight = lambda _: 1.0

    @property
    def generator_terms(self) -> tuple[LossTerm, ...]:
        """The rows of the generator."""
        suffix = "" if self.name == "image" else f"_{self.name}"
        return (
            LossTerm(
                f"gan{suffix}",
                lambda weights: self.factor(weights) * self.gan(weights),
                _gan,
                always=True,
            ),
            LossTerm(
                f"feature_matching{suffix}",
                lambda weights: self.factor(weights) * weights.feature_matching,
                _feature_matching,
            ),
        )

    def generator_names(self, weights: LossConfig) -> list[str]:
        """Returns the names of the generator's terms that weights do not leave out."""
        return [term.name for term in weighted_terms(self.generator_terms, weights)]

    def discriminator_names(self, weights: LossConfig) -> list[str]:
        """Returns the names of the discriminator's own terms."""
        kinds = ["real", "fake"]
        if weights.gradient_penalty:
            kinds.append("penalty")
        return [f"{self.name}_{kind}" for kind in kinds]

    def compute(
        self,
        weights: LossConfig,
        discriminator: Discriminator,
        inputs: Sequence[tf.Tensor],
        examples: tf.Tensor | None = None,
        disturbed: tf.Tensor | None = None,
    ) -> tuple[Losses, Losses]:
        """Computes all terms, from one pass of the discriminator.

        Args:
            weights: the loss block of the configuration.
            discriminator: maps [M, H, W, C] to maps of [copy][layer].
            inputs: float [N, H, W, C], the real one, then one or more generated ones.
                Terms of several are added up, and the real part counts once beside each
                (method.md 3.2).
            examples: float32 [N], 1 for an example that counts, 0 for one whose terms
                are zero; None if all count.
            disturbed: the real input with noise, as `RandomInputs` gives it; None for
                no penalty.

        Returns:
            Weighted terms of the generator, terms of the discriminator.
        """
        more = [] if disturbed is None else [disturbed]
        real, *fakes = _maps(discriminator, [*inputs, *more])
        near = [fakes.pop() for _ in more]
        compared = ComparedMaps(real, fakes, weights.gan_mode, examples)
        parts = [
            discriminator_loss(weights.gan_mode, _scores(real), _scores(fake), examples)
            for fake in fakes
        ]
        sums = [tf.add_n(list(side)) for side in zip(*parts, strict=True)]
        sums += [weights.gradient_penalty * _penalty(real, x, examples) for x in near]
        # Without disturbed inputs, as in testing, the penalty is left out.
        names = self.discriminator_names(weights)[: len(sums)]
        return (
            compute_terms(self.generator_terms, weights, compared),
            dict(zip(names, sums, strict=True)),
        )


IMAGE_TERMS = DiscriminatorTerms("image", lambda weights: weights.gan)


def beside(condition: tf.Tensor, images: Sequence[tf.Tensor]) -> list[tf.Tensor]:
    """Puts each image beside its condition, as image discriminators read them.

    Args:
        condition: float [N, H, W, C], the encoded condition of each frame.
        images: float [N, H, W, 3], real or generated frames.

    Returns:
        One tensor [N, H, W, C + 3] for each of `images`, of the condition's type.
    """
    return [tf.concat([condition, tf.cast(x, condition.dtype)], -1) for x in images]


def _gan(maps: ComparedMaps) -> tf.Tensor:
    return tf.add_n(
        [generator_loss(maps.mode, _scores(x), maps.examples) for x in maps.fakes]
    )


def _feature_matching(maps: ComparedMaps) -> tf.Tensor:
    return tf.add_n(
        [feature_matching_loss(maps.real, x, maps.examples) for x in maps.fakes]
    )


def _penalty(real: Maps, near: Maps, examples: tf.Tensor | None) -> tf.Tensor:
    """Estimates the squared gradient of a score, from what noise changes of it."""
    pairs = zip(_scores(real), _scores(near), strict=True)
    changes = [example_mean(tf.square((y - x) / NOISE), examples) for x, y in pairs]
    return tf.add_n(changes)


def _maps(discriminator: Discriminator, inputs: Sequence[tf.Tensor]) -> list[Maps]:
    """Returns the maps of each input, from one pass over all inputs.

    Norms are per example, so one batch of all inputs equals a batch of each.
    """
    maps = discriminator(tf.concat(inputs, axis=0))
    split = [[tf.split(layer, len(inputs), axis=0) for layer in copy] for copy in maps]
    return [
        [[layer[index] for layer in copy] for copy in split]
        for index in range(len(inputs))
    ]


def _scores(maps: Maps) -> list[tf.Tensor]:
    return [copy[-1] for copy in maps]
