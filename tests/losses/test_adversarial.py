"""GAN losses over patches: means within a copy, sums over copies."""

import math

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.losses import adversarial
from v2v_tf.losses.adversarial import (
    discriminator_loss,
    generator_loss,
    hinge_discriminator_loss,
    hinge_generator_loss,
    lsgan_discriminator_loss,
    lsgan_generator_loss,
    non_saturating_discriminator_loss,
    non_saturating_generator_loss,
)

MODES = pytest.mark.parametrize("mode", ["lsgan", "hinge", "non_saturating"])


def patches(*values) -> tf.Tensor:
    return tf.constant(values, tf.float32)


def test_the_generator_wants_ones_everywhere():
    fine = patches([[1.0, 3.0, 0.0], [-1.0, 1.0, 2.0]])  # errors 0, 4, 1, 4, 0, 1
    coarse = patches([[0.5]])
    assert float(lsgan_generator_loss([fine])) == pytest.approx(10 / 6)
    assert float(lsgan_generator_loss([fine, coarse])) == pytest.approx(10 / 6 + 0.25)
    assert float(lsgan_generator_loss([tf.ones([2, 3, 5, 1])])) == 0.0


def test_the_discriminator_wants_ones_for_real_and_zeros_for_fake():
    real = [patches([[1.0, 3.0], [2.0, 1.0]]), patches([[4.0]])]
    fake = [patches([[0.0, -2.0], [1.0, 0.0]]), patches([[3.0]])]
    real_part, fake_part = lsgan_discriminator_loss(real, fake)
    assert float(real_part) == pytest.approx((4 + 1) / 4 + 9)
    assert float(fake_part) == pytest.approx((4 + 1) / 4 + 9)
    swapped = lsgan_discriminator_loss(fake, real)
    assert float(swapped[0]) == pytest.approx((1 + 9 + 0 + 1) / 4 + 4)
    assert float(swapped[1]) == pytest.approx((1 + 9 + 4 + 1) / 4 + 16)


def test_real_and_fake_batches_may_differ_in_size():
    real = [tf.fill([3, 2, 4, 1], 0.5)]
    fake = [tf.fill([1, 5, 1, 1], 0.25)]
    real_part, fake_part = lsgan_discriminator_loss(real, fake)
    assert float(real_part) == pytest.approx(0.25)
    assert float(fake_part) == pytest.approx(0.0625)


def test_hinge_stops_at_the_margin():
    real = [patches([[1.0, 3.0], [0.25, -2.0]]), patches([[0.5]])]
    fake = [patches([[-1.0, -3.0], [0.5, 2.0]]), patches([[-0.25]])]
    real_part, fake_part = hinge_discriminator_loss(real, fake)
    assert float(real_part) == pytest.approx((0.75 + 3) / 4 + 0.5)
    assert float(fake_part) == pytest.approx((1.5 + 3) / 4 + 0.75)
    assert float(hinge_generator_loss(fake)) == pytest.approx(1.5 / 4 + 0.25)


def test_non_saturating_is_the_cross_entropy_of_real_and_fake():
    real, fake = [patches([[0.5, -1.5]]), patches([[2.0]])], [patches([[-0.75, 3.0]])]

    def log_sigmoid(x: float) -> float:
        return math.log(1 / (1 + math.exp(-x)))

    real_part, fake_part = non_saturating_discriminator_loss(real, fake)
    expected = -(log_sigmoid(0.5) + log_sigmoid(-1.5)) / 2 - log_sigmoid(2.0)
    assert float(real_part) == pytest.approx(expected, rel=1e-5)
    # 1 - sigmoid(x) = sigmoid(-x).
    expected = -(log_sigmoid(0.75) + log_sigmoid(-3.0)) / 2
    assert float(fake_part) == pytest.approx(expected, rel=1e-5)
    expected = -(log_sigmoid(-0.75) + log_sigmoid(3.0)) / 2
    assert float(non_saturating_generator_loss(fake)) == pytest.approx(
        expected, rel=1e-5
    )


def test_non_saturating_is_finite_and_has_a_slope_at_large_scores():
    scores = patches([[-500.0, 500.0]])
    with tf.GradientTape() as tape:
        tape.watch(scores)
        loss = non_saturating_generator_loss([scores])
    assert float(loss) == pytest.approx(250.0)
    np.testing.assert_allclose(tape.gradient(loss, scores), [[[-0.5, 0.0]]])
    parts = non_saturating_discriminator_loss([scores], [scores])
    assert [float(part) for part in parts] == pytest.approx([250.0, 250.0])


@MODES
def test_the_mode_chooses_the_pair(mode):
    real, fake = [patches([0.25, -1.5], [2.0, 0.5])], [patches([-0.5, 3.0])]
    by_name = getattr(adversarial, f"{mode}_generator_loss")(fake)
    assert float(generator_loss(mode, fake)) == float(by_name)
    by_name = getattr(adversarial, f"{mode}_discriminator_loss")(real, fake)
    parts = discriminator_loss(mode, real, fake)
    assert [float(part) for part in parts] == [float(part) for part in by_name]


@MODES
def test_better_scores_cost_less(mode):
    def scores(value: float) -> list[tf.Tensor]:
        return [tf.fill([2, 3, 4, 1], value)]

    good, bad = (float(generator_loss(mode, scores(x))) for x in (0.75, -0.25))
    assert good < bad
    told_apart = discriminator_loss(mode, scores(0.75), scores(-0.25))
    confused = discriminator_loss(mode, scores(-0.25), scores(0.75))
    assert all(float(a) < float(b) for a, b in zip(told_apart, confused, strict=True))


@MODES
def test_examples_that_do_not_count_enter_the_means_as_zero(mode):
    """Against the loss of the two others alone, whose values are tested above."""

    real, fake = (
        [
            tf.random.stateless_normal([3, 4, 5, 1], [seed, 1]),
            tf.random.stateless_normal([3, 2, 3, 1], [seed, 2]),
        ]
        for seed in (1, 2)
    )
    examples = tf.constant([0.0, 1.0, 1.0])
    some = [[copy[1:] for copy in copies] for copies in (real, fake)]
    assert float(generator_loss(mode, fake, examples)) == pytest.approx(
        2 / 3 * float(generator_loss(mode, some[1])), rel=1e-5
    )
    parts = discriminator_loss(mode, real, fake, examples)
    expected = [2 / 3 * float(part) for part in discriminator_loss(mode, *some)]
    assert [float(part) for part in parts] == pytest.approx(expected, rel=1e-5)


@MODES
def test_where_no_example_counts_loss_and_gradient_are_zero(mode):
    scores = tf.random.stateless_normal([2, 3, 3, 1], [1, 1])
    none = tf.zeros([2])
    with tf.GradientTape() as tape:
        tape.watch(scores)
        parts = discriminator_loss(mode, [scores], [scores], none)
        loss = tf.add_n([generator_loss(mode, [scores], none), *parts])
    assert float(loss) == 0.0
    np.testing.assert_array_equal(tape.gradient(loss, scores), np.zeros(scores.shape))


def test_one_example_of_three_that_counts_by_hand():
    scores = [patches([[3.0, 0.5]], [[2.0, -1.0]], [[9.0, 7.0]])]
    middle = tf.constant([0.0, 1.0, 0.0])
    # The squares of 2 - 1 and -1 - 1 have the mean 2.5, those of 2 and -1 too.
    assert float(lsgan_generator_loss(scores, middle)) == pytest.approx(2.5 / 3)
    real, fake = lsgan_discriminator_loss(scores, scores, middle)
    assert float(real) == pytest.approx(2.5 / 3)
    assert float(fake) == pytest.approx(2.5 / 3)
