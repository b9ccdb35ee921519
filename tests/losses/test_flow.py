"""The masked error."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.losses.flow import masked_l1


def test_masked_elements_count_as_zeros_in_the_mean():
    a, b = tf.fill([2, 4, 6, 3], 0.75), tf.fill([2, 4, 6, 3], -0.25)
    mask = tf.concat([tf.ones([2, 4, 3, 1]), tf.zeros([2, 4, 3, 1])], axis=2)
    whole = masked_l1(a, b, tf.ones_like(mask))
    assert float(whole) == 1.0
    assert float(masked_l1(a, b, mask)) == float(whole) / 2
    assert float(masked_l1(a, b, tf.zeros_like(mask))) == 0.0


def test_by_hand_with_a_soft_mask():
    a = tf.constant([[[[1.0, -2.0], [3.0, 0.0]]]])
    b = tf.constant([[[[0.0, 2.0], [-1.0, 0.5]]]])
    mask = tf.constant([[[[0.5], [1.0]]]])
    expected = (0.5 * 1 + 0.5 * 4 + 4 + 0.5) / 4
    assert float(masked_l1(a, b, mask)) == pytest.approx(expected)


def test_the_gradient_stays_inside_the_mask():
    a, b = tf.zeros([1, 2, 3, 2]), tf.ones([1, 2, 3, 2])
    mask = tf.constant([[[[1.0], [0.0], [0.25]], [[0.0], [1.0], [0.0]]]])
    with tf.GradientTape() as tape:
        tape.watch(a)
        loss = masked_l1(a, b, mask)
    expected = np.broadcast_to(-mask / 12, a.shape)
    np.testing.assert_allclose(tape.gradient(loss, a), expected, rtol=1e-6)
