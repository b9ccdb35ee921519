"""Reflection padding and its gradient against NumPy and TensorFlow's own."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.layers.padding import reflect_pad


def test_by_hand():
    image = tf.constant([[1.0, 2, 4], [8, 16, 32]], shape=[1, 2, 3, 1])
    expected = [
        [32.0, 16, 8, 16, 32, 16, 8],
        [4.0, 2, 1, 2, 4, 2, 1],
        [32.0, 16, 8, 16, 32, 16, 8],
        [4.0, 2, 1, 2, 4, 2, 1],
    ]
    np.testing.assert_array_equal(reflect_pad(image, 1, 2)[0, ..., 0], expected)


@pytest.mark.parametrize(
    ("shape", "rows", "columns"),
    [((2, 4, 6, 3), 3, 3), ((3, 5, 4, 2), 1, 1), ((1, 7, 9, 4), 0, 3)],
)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_values_and_gradients_are_those_of_tensorflow(shape, rows, columns, dtype):
    image = tf.cast(tf.random.stateless_normal(shape, [1, 2]), dtype)
    paddings = [[0, 0], [rows, rows], [columns, columns], [0, 0]]
    results = []
    for pad in (
        lambda x: reflect_pad(x, rows, columns),
        lambda x: tf.pad(x, paddings, "REFLECT"),
    ):
        with tf.GradientTape() as tape:
            tape.watch(image)
            padded = pad(image)
            # Whole numbers, so that a sum is exact in any order and type.
            weight = tf.reshape(tf.range(tf.size(padded)) % 13, tf.shape(padded))
            loss = tf.reduce_sum(padded * tf.cast(weight, dtype))
        results.append((padded, tape.gradient(loss, image)))
    assert results[0][0].shape == results[1][0].shape
    for ours, theirs in zip(*results, strict=True):
        assert ours.dtype == theirs.dtype
        np.testing.assert_array_equal(
            tf.cast(ours, tf.float32), tf.cast(theirs, tf.float32)
        )


def test_any_size_in_one_trace():
    traced = tf.function(
        lambda x: reflect_pad(x, 2, 1),
        input_signature=[tf.TensorSpec([None, None, None, 2])],
    )
    for shape in ((1, 3, 4, 2), (2, 6, 3, 2)):
        image = np.random.default_rng(3).normal(size=shape).astype(np.float32)
        expected = np.pad(image, ((0, 0), (2, 2), (1, 1), (0, 0)), "reflect")
        np.testing.assert_array_equal(traced(image), expected)


def test_an_image_without_enough_to_mirror_is_refused():
    with pytest.raises(InputError, match="3x8 .* mirrored by 3 rows and 1 columns"):
        reflect_pad(tf.zeros([1, 3, 8, 1]), 3, 1)
    assert reflect_pad(tf.zeros([1, 4, 8, 1]), 3, 1).shape == [1, 10, 10, 1]


def test_pads_of_one_size_share_their_indices():
    @tf.function
    def twice(x):
        return reflect_pad(x, 1, 1)[:, 1:-1, 1:-1] + reflect_pad(x * 2, 1, 1)[:, 2:, 2:]

    one = tf.function(lambda x: reflect_pad(x, 1, 1))
    spec = tf.TensorSpec([2, 4, 5, 3])
    ranges = [
        sum(
            op.type == "Range"
            for op in f.get_concrete_function(spec).graph.get_operations()
        )
        for f in (one, twice)
    ]
    assert ranges[0] == ranges[1] > 0
    x = np.random.default_rng(2).normal(size=(2, 4, 5, 3)).astype(np.float32)
    padded = np.pad(2 * x, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
    np.testing.assert_allclose(twice(x), x + padded[:, 2:, 2:], rtol=1e-6)


def test_shared_indices_stay_within_their_graph():
    inner = tf.function(lambda x: reflect_pad(x, 1, 1))

    @tf.function
    def outer(x):
        looped = tf.while_loop(
            lambda i, _: i < 2,
            lambda i, y: (i + 1, reflect_pad(y, 1, 1)[:, 1:-1, 1:-1] + 1.0),
            (0, reflect_pad(x, 1, 1)[:, 1:-1, 1:-1]),
        )[1]
        return inner(x), looped

    x = np.random.default_rng(2).normal(size=(1, 4, 5, 2)).astype(np.float32)
    expected = np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "reflect")
    with tf.GradientTape() as tape:
        variable = tf.Variable(x)
        padded, looped = outer(variable)
        loss = tf.reduce_sum(padded) + tf.reduce_sum(looped)
    np.testing.assert_array_equal(padded, expected)
    np.testing.assert_allclose(looped, x + 2, rtol=1e-6)
    counted = np.pad(np.arange(20).reshape(4, 5), 1, "reflect")
    times = np.bincount(counted.ravel()).reshape(1, 4, 5, 1) + 1.0
    np.testing.assert_allclose(
        tape.gradient(loss, variable), np.broadcast_to(times, x.shape)
    )
    np.testing.assert_array_equal(inner(x), expected)  # traced within another graph
