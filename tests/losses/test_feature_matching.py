"""Weights of the maps, and the detached real side."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.losses.feature_matching import feature_matching_loss

LAMBDA = 10.0


def maps(num_scales: int, num_layers: int, value: float) -> list[list[tf.Tensor]]:
    """Maps of a discriminator with `num_layers` stride-2 stages, scores last."""
    return [
        [
            *(
                tf.fill([1, 9 - layer, 5, 2 + layer + scale], value)
                for layer in range(num_layers + 1)
            ),
            tf.fill([1, 3, 2, 1], 50 * value),
        ]
        for scale in range(num_scales)
    ]


@pytest.mark.parametrize(
    ("num_scales", "num_layers"), [(1, 3), (2, 3), (3, 3), (2, 2), (4, 1)]
)
def test_an_error_of_one_everywhere_costs_40(num_scales, num_layers):
    real, fake = (maps(num_scales, num_layers, value) for value in (0.5, 1.5))
    loss = LAMBDA * feature_matching_loss(real, fake)
    assert float(loss) == pytest.approx(40.0, rel=1e-6)
    assert float(feature_matching_loss(real, real)) == 0.0


def test_each_map_of_two_copies_with_three_layers_weighs_10_halves():
    real, fake = maps(2, 3, 0.0), maps(2, 3, 0.0)
    fake[1][2] += 3.0
    assert float(LAMBDA * feature_matching_loss(real, fake)) == pytest.approx(3 * 5.0)


def test_the_scores_do_not_count():
    real, fake = maps(2, 3, 1.0), maps(2, 3, 1.0)
    fake[0][-1] += 7.0
    assert float(feature_matching_loss(real, fake)) == 0.0


def test_the_real_side_is_detached():
    real, fake = maps(1, 2, 1.0), maps(1, 2, 0.25)
    with tf.GradientTape() as tape:
        tape.watch([real[0][1], fake[0][1]])
        loss = feature_matching_loss(real, fake)
    by_real, by_fake = tape.gradient(loss, [real[0][1], fake[0][1]])
    assert by_real is None
    # The fake side is below, so raising one element of a mean lowers the loss.
    slope = -(4 / 3) / int(tf.size(fake[0][1]))
    np.testing.assert_allclose(by_fake, np.full(fake[0][1].shape, slope), rtol=1e-5)


def test_bfloat16_maps_are_compared_in_float32():
    real, fake = (
        [[tf.cast(layer, tf.bfloat16) for layer in copy] for copy in maps(1, 2, value)]
        for value in (0.0, 1.0)
    )
    loss = feature_matching_loss(real, fake)
    assert loss.dtype == tf.float32
    assert float(loss) == pytest.approx(4.0, rel=1e-6)


def test_examples_that_do_not_count_enter_the_means_as_zero():
    """Against the loss of the two others alone, whose values are tested above."""

    def batch(seed: int) -> list[list[tf.Tensor]]:
        return [
            [
                tf.random.stateless_normal([3, 7 - layer, 5, 2], [seed, 9 * i + layer])
                for layer in range(3)
            ]
            for i in range(2)
        ]

    real, fake = batch(1), batch(2)
    some = [[[layer[:2] for layer in copy] for copy in maps] for maps in (real, fake)]
    loss = feature_matching_loss(real, fake, tf.constant([1.0, 1.0, 0.0]))
    expected = 2 / 3 * float(feature_matching_loss(*some))
    assert float(loss) == pytest.approx(expected, rel=1e-5)
    assert float(feature_matching_loss(real, fake, tf.zeros([3]))) == 0.0
