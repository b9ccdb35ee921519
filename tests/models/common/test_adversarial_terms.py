"""The terms of a discriminator: names, weights, and values of both sides."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import LossConfig
from v2v_tf.models.common.adversarial_terms import (
    IMAGE_TERMS,
    DiscriminatorTerms,
    beside,
)
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.random_inputs import NOISE


def noise(*shape: int, seed: int) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, [seed, 7], -1.0, 1.0)


def test_one_generated_input_is_compared_with_the_real_one_once():
    tf.keras.utils.set_random_seed(6)
    discriminator = MultiScaleDiscriminator(3, 1, 2)
    real, fake = noise(6, 8, 12, 7, seed=1), noise(6, 8, 12, 7, seed=2)
    weights = LossConfig(gan=1.5, feature_matching=10.0)
    losses, of_discriminator = IMAGE_TERMS.compute(weights, discriminator, [real, fake])
    of_real, of_fake = discriminator(real), discriminator(fake)
    # Two copies, each of two maps and the scores.
    pairs = [*zip(of_real[0][:-1], of_fake[0][:-1], strict=True)]
    pairs += zip(of_real[1][:-1], of_fake[1][:-1], strict=True)
    apart = sum(np.abs(one - other).mean() for one, other in pairs)
    assert len(pairs) == 4
    expected = {
        "gan": 1.5 * sum(np.square(copy[-1] - 1).mean() for copy in of_fake),
        "feature_matching": 10 * apart * (4 / 2) / 2,
        "image_real": sum(np.square(copy[-1] - 1).mean() for copy in of_real),
        "image_fake": sum(np.square(copy[-1]).mean() for copy in of_fake),
    }
    found = {name: float(value) for name, value in (losses | of_discriminator).items()}
    assert found == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("matching", [0.0, 3.0])
@pytest.mark.parametrize("factor", [0.0, 0.5])
def test_computed_names_are_the_names_of_the_row(matching, factor):
    row = DiscriminatorTerms("left", lambda w: w.gan_temporal, lambda w: w.face)
    weights = LossConfig(gan_temporal=4.0, feature_matching=matching, face=factor)
    scores = [[noise(4, 3, 5, 2, seed=3), noise(4, 3, 5, 1, seed=4)]]
    of_generator, of_discriminator = row.compute(
        weights, lambda _: scores, [tf.zeros([2, 3, 5, 1])] * 2
    )
    assert list(of_generator) == row.generator_names(weights)
    names = ["gan_left", *(["feature_matching_left"] if matching * factor else [])]
    assert list(of_generator) == names
    assert list(of_discriminator) == row.discriminator_names(weights)
    assert row.discriminator_names(weights) == ["left_real", "left_fake"]
    fake = scores[0][1][2:].numpy()
    expected = factor * 4.0 * np.square(fake - 1).mean()
    assert float(of_generator["gan_left"]) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("counted", [False, True])
def test_the_penalty_is_the_squared_gradient_of_the_scores(counted):
    """Of scores that are linear in the image; with all examples or with one."""
    slopes = np.float32([2.0, -0.5])
    size = (3, 40, 50, 2)
    real, fake = noise(*size, seed=1), noise(*size, seed=2)
    near = real + NOISE * tf.random.stateless_normal(size, [1, 2])

    def linear(inputs: tf.Tensor) -> list[list[tf.Tensor]]:
        return [[tf.reduce_sum(inputs * slopes, -1, keepdims=True)]] * 2

    weights = LossConfig(gradient_penalty=0.3, feature_matching=0.0)
    examples = tf.constant([0.0, 1.0, 0.0]) if counted else None
    row = (weights, linear, [real, fake], examples)
    _, with_it = IMAGE_TERMS.compute(*row, near)
    _, without = IMAGE_TERMS.compute(*row)
    assert list(with_it) == IMAGE_TERMS.discriminator_names(weights)
    assert list(with_it) == ["image_real", "image_fake", "image_penalty"]
    # Two copies; of one example out of three a third.
    expected = 0.3 * 2 * np.square(slopes).sum() / (3 if counted else 1)
    assert float(with_it["image_penalty"]) == pytest.approx(expected, rel=0.06)
    for name, value in without.items():
        assert float(value) == pytest.approx(float(with_it[name]), rel=1e-6)


def test_images_stand_beside_their_condition_in_its_type():
    condition = tf.cast(noise(2, 3, 5, 4, seed=1), tf.bfloat16)
    images = [noise(2, 3, 5, 3, seed=seed) for seed in (2, 3)]
    pairs = beside(condition, images)
    for pair, image in zip(pairs, images, strict=True):
        assert pair.dtype == tf.bfloat16
        np.testing.assert_array_equal(pair[..., :4], condition)
        np.testing.assert_array_equal(pair[..., 4:], tf.cast(image, tf.bfloat16))
