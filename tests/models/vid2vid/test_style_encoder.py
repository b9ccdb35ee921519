"""The count (method.md 1.8), features constant within instances, refusals."""

import re

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.instance_pooling import instance_average_pool
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.vid2vid.style_encoder import FeatureEncoder


@pytest.fixture(scope="module")
def images():
    return tf.random.stateless_uniform([2, 8, 12, 3], [1, 2], -1.0, 1.0)


@pytest.fixture(scope="module")
def instances():
    """Ids 4 and 90 in both examples, 7 in the second alone."""
    ids = np.full([2, 8, 12], 4)
    ids[:, 3:, :5] = 90
    ids[1, 6:, 8:] = 7
    return tf.constant(ids)


@pytest.fixture(scope="module")
def encoder(images, instances):
    """A small encoder whose features fill their range."""
    network = FeatureEncoder(4, 3, 2)
    network(images, instances)
    kernel = network.head.convolution.kernel
    kernel.assign(10 * kernel)
    return network


def test_the_published_encoder_has_its_count():
    with tf.Graph().as_default():
        network = FeatureEncoder(16)
        network(tf.zeros([1, 32, 48, 3]), tf.zeros([1, 32, 48], tf.int32))
        total = sum(weight.shape.num_elements() for weight in network.weights)
    assert total == 799_008
    widths = [layer.convolution.filters for layer in network.body.layers]
    assert widths == [16, 32, 64, 128, 256, 128, 64, 32, 16]


def test_features_are_the_means_of_their_instances(encoder, images, instances):
    encoded = encoder.head(encoder.body(images))
    assert encoded.shape == [2, 8, 12, 4]
    assert 0.3 < np.abs(encoded).max() <= 1.0
    features = encoder(images, instances).numpy()
    for example in range(2):
        for instance in np.unique(instances[example]):
            inside = instances[example].numpy() == instance
            expected = encoded[example].numpy()[inside].mean(0)
            pixels = features[example][inside]
            np.testing.assert_allclose(
                pixels, np.tile(expected, (len(pixels), 1)), atol=1e-6
            )
    assert len(np.unique(features[1].reshape(-1, 4), axis=0)) == 3


def test_examples_do_not_touch_each_other(encoder, images, instances):
    together = encoder(images, instances)
    for index in (0, 1):
        one = slice(index, index + 1)
        alone = encoder(images[one], instances[one])
        np.testing.assert_allclose(alone, together[one], atol=1e-5)


def test_a_graph_of_unknown_batch_and_size(encoder, images, instances):
    graph = tf.function(
        lambda *x: encoder(*x),
        input_signature=[
            tf.TensorSpec([None, None, None, 3]),
            tf.TensorSpec([None, None, None, 1], tf.int64),
        ],
    )
    ids = instances[..., tf.newaxis]
    np.testing.assert_allclose(
        graph(images, ids), encoder(images, instances), atol=1e-5
    )
    assert graph(images[:1, :4], ids[:1, :4]).shape == [1, 4, 12, 4]


def test_a_mixed_policy_pools_in_float32_and_keeps_the_ids(encoder, images, instances):
    with precision_scope(RuntimeConfig(precision="mixed_bfloat16")):
        mixed = FeatureEncoder(4, 3, 2)
        # Ids as floats, which bfloat16 could not tell apart.
        ids = 26_000.0 + tf.cast(instances, tf.float32)
        mixed(images, ids)
        mixed.set_weights(encoder.get_weights())
        features = mixed(images, ids)
        assert mixed.body(images).dtype == tf.bfloat16
        encoded = mixed.head(mixed.body(images))
    assert features.dtype == tf.float32
    np.testing.assert_allclose(
        features, instance_average_pool(encoded, instances), atol=1e-6
    )
    assert np.abs(features - encoder(images, instances)).mean() < 0.05


@pytest.mark.parametrize(
    ("images_shape", "instances_shape", "message"),
    [
        ([8, 12, 3], [8, 12], "images: expected [B, H, W, 3], got (8, 12, 3)"),
        ([1, 8, 12, 4], [1, 8, 12], "images: expected [B, H, W, 3], got (1, 8, 12, 4)"),
        ([1, 8, 10, 3], [1, 8, 10], "height and width must be divisible by 4"),
        ([1, 8, 12, 3], [1, 4, 6], "instances: expected one id per pixel, (1, 8, 12)"),
    ],
)
def test_what_does_not_fit_is_refused(encoder, images_shape, instances_shape, message):
    with pytest.raises(InputError, match=re.escape(message)):
        encoder(tf.zeros(images_shape), tf.zeros(instances_shape, tf.int32))
