"""Heads equal the plain 7x7 convolution, one by one and together."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.layers.convolution import downsample
from v2v_tf.layers.heads import OutputHead, apply_heads
from v2v_tf.layers.precision import precision_scope


def plain(head: OutputHead, x: tf.Tensor) -> tf.Tensor:
    """The convolution as a layer, which knows nothing of rows."""
    return head.convolution(x)


@pytest.mark.parametrize("shape", [(1, 9, 14, 5), (2, 16, 8, 3)])
def test_a_head_is_a_reflecting_convolution(shape):
    tf.keras.utils.set_random_seed(1)
    head = OutputHead(2, None, scale=20.0)
    x = tf.random.stateless_normal(shape, [1, 2])
    y = head(x)
    np.testing.assert_allclose(y, 20.0 * plain(head, x), atol=1e-4)
    assert y.shape == [*shape[:3], 2]


def test_its_gradients_are_those_of_the_convolution():
    head = OutputHead(3, "tanh")
    x = tf.random.stateless_normal([2, 8, 11, 4], [1, 2])
    head(x)
    weights = [x, *head.weights]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        ours = tf.reduce_sum(head(x) ** 3)
        theirs = tf.reduce_sum(tf.tanh(plain(head, x)) ** 3)
    for a, b in zip(*(tape.gradient(t, weights) for t in (ours, theirs)), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_heads_that_share_features_do_not_mix():
    flow, mask = OutputHead(2, None, 20.0), OutputHead(1, "sigmoid")
    x = tf.random.stateless_normal([1, 8, 12, 4], [3, 4])
    together = apply_heads([flow, mask], x)
    np.testing.assert_allclose(together[0], flow(x), atol=1e-5)
    np.testing.assert_allclose(together[1], mask(x), atol=1e-6)
    np.testing.assert_allclose(together[1], tf.sigmoid(plain(mask, x)), atol=1e-5)


def test_any_size_in_one_trace():
    head = OutputHead(1, "tanh")
    traced = tf.function(head, input_signature=[tf.TensorSpec([None, None, None, 3])])
    for shape in ([1, 8, 10, 3], [3, 12, 9, 3]):
        x = tf.random.stateless_normal(shape, [5, 6])
        np.testing.assert_allclose(traced(x), tf.tanh(plain(head, x)), atol=1e-5)


def test_heads_stay_float32_under_a_mixed_policy():
    with precision_scope(RuntimeConfig(precision="mixed_bfloat16")):
        head = OutputHead(2, "tanh", scale=5.0)
        block = downsample(3)
    x = tf.ones([1, 8, 8, 3], tf.bfloat16)
    assert block(x).dtype == tf.bfloat16
    assert head(x).dtype == tf.float32
    assert {w.dtype for w in [*head.weights, *block.weights]} == {tf.float32}


def test_a_head_scales_after_its_activation():
    head = OutputHead(1, "tanh", scale=20.0)
    head(tf.zeros([1, 8, 8, 1]))
    kernel = np.zeros((7, 7, 1, 1), np.float32)
    head.convolution.set_weights([kernel, np.array([0.7], np.float32)])
    np.testing.assert_allclose(
        head(tf.ones([1, 8, 8, 1])), np.full((1, 8, 8, 1), 20 * np.tanh(0.7)), rtol=1e-6
    )
