"""Least squares over patches: means within a copy, sums over copies."""

import json

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.losses.adversarial import lsgan_discriminator_loss, lsgan_generator_loss


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


@pytest.mark.reference
def test_the_original_prints_the_same_numbers(reference):
    folder = reference / "fixtures" / "losses"
    arrays = np.load(folder / "io.npz")
    values = json.loads((folder / "values.json").read_text())
    real = [tf.constant(arrays[f"real_{scale}_2"]) for scale in range(2)]
    fake = [tf.constant(arrays[f"fake_{scale}_2"]) for scale in range(2)]
    real_part, fake_part = lsgan_discriminator_loss(real, fake)
    assert float(real_part) == pytest.approx(values["D_real"], rel=1e-6)
    assert float(fake_part) == pytest.approx(values["D_fake"], rel=1e-6)
    assert float(lsgan_generator_loss(fake)) == pytest.approx(values["G_GAN"], rel=1e-6)
