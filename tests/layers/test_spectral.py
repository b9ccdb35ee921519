"""Spectral normalisation against NumPy's singular values."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.layers.convolution import PaddedConv2D
from v2v_tf.layers.spectral import SpectralConv2D, largest_singular_value


@pytest.mark.parametrize("shape", [(4, 4, 3, 8), (3, 3, 16, 5), (4, 4, 8, 1)])
def test_it_is_the_largest_singular_value(shape):
    kernel = np.random.default_rng(4).normal(size=shape).astype(np.float32)
    # One direction stands out, as in trained kernels.
    rows = kernel.reshape(-1, shape[-1])
    rows += 3 * np.outer(rows[:, 0], np.arange(1, shape[-1] + 1)) / shape[-1]
    expected = np.linalg.svd(rows, compute_uv=False)[0]
    found = float(largest_singular_value(tf.constant(kernel)))
    assert found == pytest.approx(expected, rel=1e-3)


def test_random_kernels_are_a_few_percent_off_at_most():
    for seed in range(5):
        kernel = np.random.default_rng(seed).normal(0, 0.02, (4, 4, 32, 64))
        expected = np.linalg.svd(kernel.reshape(-1, 64), compute_uv=False)[0]
        found = float(largest_singular_value(tf.constant(kernel, tf.float32)))
        assert 0.93 * expected < found <= expected * 1.0001


def test_a_convolution_is_divided_by_it():
    layer, plain = SpectralConv2D(5, 4, 2, padding=2), PaddedConv2D(5, 4, 2, padding=2)
    x = tf.random.stateless_normal([2, 9, 12, 3], [1, 2])
    layer(x), plain(x)
    kernel, bias = plain.get_weights()
    value = float(largest_singular_value(tf.constant(kernel)))
    plain.set_weights([kernel / value, bias])
    for factor in (1.0, 7.0):
        layer.set_weights([factor * kernel, bias])
        np.testing.assert_allclose(layer(x), plain(x), rtol=1e-4, atol=1e-5)


def test_a_gradient_along_the_kernel_is_none():
    """Scaled kernels are the same convolution, so nothing is gained by scaling."""
    layer = SpectralConv2D(5, 3, padding=1)
    x = tf.random.stateless_normal([1, 6, 8, 2], [3, 4])
    layer(x)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(x) ** 3)
    gradient = tape.gradient(loss, layer.kernel)
    along = float(tf.reduce_sum(gradient * layer.kernel))
    size = float(tf.norm(gradient) * tf.norm(layer.kernel))
    assert abs(along) < 0.02 * size and size > 0
