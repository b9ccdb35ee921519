"""Average pooling that leaves its padding out of the mean."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.layers.pyramid import halve, pyramid


@pytest.mark.parametrize("size", [(4, 6), (5, 7), (2, 9), (1, 3)])
def test_a_constant_image_stays_that_constant_borders_included(size):
    image = tf.fill([2, *size, 3], 0.3)
    half = halve(image)
    assert half.shape == [2, -(-size[0] // 2), -(-size[1] // 2), 3]
    np.testing.assert_allclose(half, np.full(half.shape, 0.3), rtol=1e-6)


def test_numbers_by_hand_at_borders_and_inside():
    image = np.arange(1.0, 21.0, dtype=np.float32).reshape(4, 5) ** 2
    half = halve(image[None, ..., None]).numpy()[0, ..., 0]
    assert half.shape == (2, 3)
    assert half[0, 0] == pytest.approx((1 + 4 + 36 + 49) / 4)
    assert half[0, 1] == pytest.approx((4 + 9 + 16 + 49 + 64 + 81) / 6)
    assert half[0, 2] == pytest.approx((16 + 25 + 81 + 100) / 4)
    # Centred on pixel (2, 2): rows 1 .. 3, columns 1 .. 3.
    assert half[1, 1] == pytest.approx(image[1:4, 1:4].mean())
    assert half[1, 2] == pytest.approx(image[1:4, 3:5].mean())


def test_label_planes_become_fractions():
    labels = tf.one_hot(tf.constant([[[0, 0, 1, 2], [0, 1, 1, 2]]]), 3)
    half = halve(labels)
    np.testing.assert_allclose(tf.reduce_sum(half, -1), np.ones((1, 1, 2)), rtol=1e-6)
    np.testing.assert_allclose(half[0, 0, 0], [3 / 4, 1 / 4, 0], rtol=1e-6)
    np.testing.assert_allclose(half[0, 0, 1], [1 / 6, 3 / 6, 2 / 6], rtol=1e-6)


def test_a_pyramid_starts_at_full_resolution_and_pools_the_last_level():
    image = tf.random.stateless_normal([1, 13, 8, 2], [1, 2])
    levels = pyramid(image, 3)
    assert [tuple(x.shape[1:3]) for x in levels] == [(13, 8), (7, 4), (4, 2)]
    assert levels[0] is image
    np.testing.assert_array_equal(levels[2], halve(halve(image)))


def test_sizes_may_be_unknown_when_tracing():
    traced = tf.function(halve, input_signature=[tf.TensorSpec([None, None, None, 2])])
    image = tf.random.stateless_normal([2, 7, 10, 2], [3, 4])
    np.testing.assert_allclose(traced(image), halve(image), rtol=1e-6)
