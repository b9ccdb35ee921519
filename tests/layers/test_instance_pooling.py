"""Means by hand, ids of any kind, nothing shared between examples."""

import re

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.layers.instance_pooling import instance_average_pool

# Two examples of 2x3 pixels that share the ids 7 and 2; 7 is in two pieces.
FEATURES = np.array(
    [
        [[[1, 10], [2, 20], [4, 50]], [[8, 30], [16, -70], [33, 0]]],
        [[[3, 0], [5, 1], [6, 1]], [[9, -8], [11, 4], [2, 100]]],
    ],
    np.float32,
)
IDS = np.array([[[7, 2, 7], [2, 2, 7]], [[2, 2, 2], [7, 0, 2]]])
MEANS = np.array(
    [
        [
            [[38 / 3, 20], [26 / 3, -20 / 3], [38 / 3, 20]],
            [[26 / 3, -20 / 3], [26 / 3, -20 / 3], [38 / 3, 20]],
        ],
        [
            [[4, 25.5], [4, 25.5], [4, 25.5]],
            [[9, -8], [11, 4], [4, 25.5]],
        ],
    ]
)


def test_means_by_hand():
    np.testing.assert_allclose(
        instance_average_pool(FEATURES, IDS), MEANS, rtol=1e-6, atol=1e-6
    )


@pytest.mark.parametrize(
    ("dtype", "seven", "two"),
    [
        (np.uint8, 255, 0),
        (np.uint16, 26_001, 65_535),
        (np.int32, -7, 2_000_000_000),
        (np.int64, -(2**40), 2**40 + 1),
        (np.float32, -0.25, 26_001.5),
        (np.float64, 1e300, 1e-300),
    ],
)
@pytest.mark.parametrize("last", [(), (1,)])
def test_ids_are_names_of_any_type(dtype, seven, two, last):
    ids = np.select([IDS == 7, IDS == 2], [seven, two], 11).astype(dtype)
    pooled = instance_average_pool(FEATURES, ids.reshape(2, 2, 3, *last))
    np.testing.assert_allclose(pooled, MEANS, rtol=1e-6, atol=1e-6)


def test_an_example_alone_is_an_example_of_a_batch():
    for index in (0, 1):
        one = slice(index, index + 1)
        np.testing.assert_array_equal(
            instance_average_pool(FEATURES[one], IDS[one]),
            instance_average_pool(FEATURES, IDS)[one],
        )


def test_one_graph_serves_every_batch_and_size():
    pool = tf.function(
        instance_average_pool,
        input_signature=[
            tf.TensorSpec([None, None, None, 2]),
            tf.TensorSpec([None, None, None], tf.int64),
        ],
    )
    np.testing.assert_allclose(pool(FEATURES, IDS), MEANS, rtol=1e-6, atol=1e-6)
    wide, ids = np.tile(FEATURES[:1], [1, 1, 2, 1]), np.tile(IDS[:1], [1, 1, 2])
    expected = np.tile(MEANS[:1], [1, 1, 2, 1])
    np.testing.assert_allclose(pool(wide, ids), expected, rtol=1e-6, atol=1e-6)
    assert pool.get_concrete_function().output_shapes.as_list() == [None] * 3 + [2]


def test_known_sizes_are_kept_while_tracing():
    with tf.Graph().as_default():
        ids = tf.compat.v1.placeholder(tf.int32, [None, None, None])
        assert instance_average_pool(tf.zeros([2, 4, 6, 3]), ids).shape == [2, 4, 6, 3]


def test_gradients_are_averaged_over_the_instance_too():
    features, weights = tf.constant(FEATURES), tf.constant(FEATURES[..., ::-1] + 3)
    with tf.GradientTape() as tape:
        tape.watch(features)
        total = tf.reduce_sum(weights * instance_average_pool(features, IDS))
    np.testing.assert_allclose(
        tape.gradient(total, features), MEANS[..., ::-1] + 3, rtol=1e-6, atol=1e-5
    )


def test_a_large_instance_has_an_exact_mean():
    # One million pixels, added one by one: float32 gives 0.30015.
    pooled = instance_average_pool(
        tf.fill([1, 1024, 1024, 1], 0.3), tf.zeros([1, 1024, 1024], tf.uint8)
    )
    np.testing.assert_allclose(pooled[0, ::511, ::511, 0], np.full((3, 3), 0.3), 1e-7)


@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precision_is_averaged_in_more(dtype):
    # The sum, 270,000, is beyond float16; beside 512, bfloat16 does not see 3.
    features = tf.fill([1, 300, 300, 1], tf.constant(3, dtype))
    pooled = instance_average_pool(features, tf.zeros([1, 300, 300, 1]))
    assert pooled.dtype == dtype
    np.testing.assert_array_equal(tf.cast(pooled, tf.float32), np.full(pooled.shape, 3))


@pytest.mark.parametrize(
    ("features", "instances", "message"),
    [
        ([2, 3, 4], [2, 3], "features: expected [batch, height, width, channels], got"),
        ([1, 4, 6, 2], [4, 6], "instances: expected one id per pixel, (1, 4, 6)"),
        ([1, 4, 6, 2], [1, 6, 4], "got (1, 6, 4): give the ids of the same examples"),
        ([2, 4, 6, 2], [1, 4, 6], "expected one id per pixel, (2, 4, 6)"),
        ([1, 4, 6, 2], [1, 4, 6, 2], "got (1, 4, 6, 2)"),
    ],
)
def test_what_does_not_fit_is_refused(features, instances, message):
    with pytest.raises(InputError, match=re.escape(message)):
        instance_average_pool(tf.zeros(features), tf.zeros(instances, tf.int32))
