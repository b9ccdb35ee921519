"""Counts (method.md 1.8), joined features, inputs of each level, refusals."""

from __future__ import annotations

import re

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import count
from v2v_tf.config import RuntimeConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.layers.pyramid import halve
from v2v_tf.models.first_frame.networks import (
    FeatureGenerator,
    GlobalGenerator,
    LocalEnhancerGenerator,
)


def noise(*shape: int, seed: int = 1) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, [seed, 2], -1.0, 1.0)


def lively(network: tf.keras.Model) -> tf.keras.Model:
    """Raises the weights of a built head, so that images fill their range."""
    kernel = network.head.convolution.kernel
    kernel.assign(10 * kernel)
    return network


def kernels(chain: tf.keras.Sequential) -> list[list[int]]:
    return [list(layer.convolution.kernel.shape) for layer in chain.layers]


# Every network of this file, small, with inputs of its smallest useful size.
SMALL = {
    "global": (lambda: GlobalGenerator(3, 2, 2), [5]),
    "features": (lambda: FeatureGenerator(2, 3, 2, 1), [5, 2]),
    "local": (lambda: LocalEnhancerGenerator(3, 1, 1, 1, 2), [5]),
}


@pytest.fixture(params=list(SMALL))
def small(request):
    """A network, and a function that draws inputs for it."""
    build, channels = SMALL[request.param]

    def draw(batch: int, height: int, width: int) -> list[tf.Tensor]:
        shape = (batch, height, width)
        return [noise(*shape, c, seed=c) for c in channels]

    network = build()
    network(*draw(1, 16, 16))
    return lively(network), draw


ROWS = {
    "street 512": (lambda: GlobalGenerator(64, 3, 9), [35], 45_693_699),
    "street 1024": (lambda: GlobalGenerator(64, 4, 9), [35], 182_543_619),
    "street 2048": (
        lambda: LocalEnhancerGenerator(32, 4, 9, 1, 3),
        [35],
        182_852_355,
    ),
    "face": (lambda: FeatureGenerator(16, 64, 3, 9), [15, 16], 48_453_203),
}


@pytest.mark.slow
@pytest.mark.parametrize("row", list(ROWS))
def test_the_published_sizes_have_their_count(row, symbolic):
    build, channels, expected = ROWS[row]
    network = build()
    image = network(*(tf.zeros([1, 64, 64, c]) for c in channels))
    assert count(network) == expected
    assert image.shape == [1, 64, 64, 3]
    assert all(weight.trainable for weight in network.weights)


def test_a_scale_and_shift_is_two_numbers_per_normalised_channel(symbolic):
    counts = []
    for affine in (False, True):
        network = GlobalGenerator(4, 2, 3, affine)
        network(tf.zeros([1, 16, 16, 6]))
        counts.append(count(network))
    assert counts[1] - counts[0] == 2 * (4 + 8 + 16 + 3 * 2 * 16 + 8 + 4)


def test_no_width_is_above_1024(symbolic):
    network = GlobalGenerator(400, 3, 0)
    network(tf.zeros([1, 16, 16, 6]))
    assert kernels(network.body) == [
        [7, 7, 6, 400],
        [3, 3, 400, 800],
        [3, 3, 800, 1024],
        [3, 3, 1024, 1024],
        # Up-convolutions: output channels before input channels.
        [3, 3, 1024, 1024],
        [3, 3, 800, 1024],
        [3, 3, 400, 800],
    ]


def test_features_join_at_three_depths():
    network = FeatureGenerator(2, 3, 2, 1)
    conditions, features = noise(2, 16, 24, 5), noise(2, 16, 24, 2, seed=3)
    network(conditions, features)
    lively(network)
    assert kernels(network.encoder)[0] == [7, 7, 5 + 2, 3]
    assert kernels(network.decoder)[0] == [3, 3, 6, 12 + 2 + 2]
    assert network.blocks.layers[0].second.kernel.shape == [3, 3, 12 + 2, 12 + 2]
    assert network.head.convolution.kernel.shape == [7, 7, 3 + 2, 3]

    small = halve(halve(features))
    x = network.encoder(tf.concat([conditions, features], -1))
    x = network.blocks.layers[0](tf.concat([x, small], -1))
    x = network.decoder(tf.concat([x, small], -1))
    expected = network.head(tf.concat([x, features], -1))
    image = network(conditions, features)
    np.testing.assert_allclose(image, expected, atol=1e-5)
    assert np.abs(image - network(conditions, -features)).max() > 0.1


def test_an_enhancer_sees_the_level_of_its_own_resolution():
    network = LocalEnhancerGenerator(2, 1, 1, 2, 1)
    conditions = noise(1, 32, 48, 4)
    network(conditions)
    lively(network)
    assert kernels(network.enhancers[0].encoder) == [[7, 7, 4, 4], [3, 3, 4, 8]]
    assert kernels(network.enhancers[1].encoder) == [[7, 7, 4, 2], [3, 3, 2, 4]]
    assert network.coarse.layers[0].convolution.kernel.shape == [7, 7, 4, 8]

    features = network.coarse(halve(halve(conditions)))
    assert features.shape == [1, 8, 12, 8]
    for enhancer, level in zip(
        network.enhancers, (halve(conditions), conditions), strict=True
    ):
        stem, down = enhancer.encoder.layers
        block, up = enhancer.decoder.layers
        features = up(block(down(stem(level)) + features))
    assert features.shape == [1, 32, 48, 2]
    np.testing.assert_allclose(
        network(conditions), network.head(features), rtol=0, atol=1e-5
    )


@pytest.mark.slow
def test_one_network_draws_every_size(small):
    network, draw = small
    for height, width in ((16, 24), (32, 16)):
        image = network(*draw(2, height, width))
        assert image.shape == [2, height, width, 3]
        assert image.dtype == tf.float32
        assert 0.3 < np.abs(image).max() <= 1.0


def test_examples_do_not_touch_each_other(small):
    network, draw = small
    inputs = draw(3, 16, 24)
    together = network(*inputs)
    for index in range(3):
        alone = network(*(x[index : index + 1] for x in inputs))
        np.testing.assert_allclose(alone[0], together[index], atol=1e-5)


@pytest.mark.slow
def test_a_graph_of_unknown_batch_and_size_gives_the_same(small):
    network, draw = small
    inputs = draw(2, 16, 24)
    graph = tf.function(
        lambda *x: network(*x),
        input_signature=[
            tf.TensorSpec([None, None, None, x.shape[-1]]) for x in inputs
        ],
    )
    np.testing.assert_allclose(graph(*inputs), network(*inputs), atol=1e-5)
    assert graph(*draw(1, 32, 32)).shape == [1, 32, 32, 3]


def test_every_kernel_learns(small):
    network, draw = small
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network(*draw(1, 16, 16)) * noise(1, 16, 16, 3, seed=9))
    gradients = tape.gradient(loss, network.trainable_variables)
    for weight, gradient in zip(network.trainable_variables, gradients, strict=True):
        assert gradient is not None, weight.name
        if "kernel" in weight.name:
            assert np.abs(gradient).max() > 0, weight.name


@pytest.mark.parametrize(
    ("name", "inner"),
    [("global", "body"), ("features", "decoder"), ("local", "coarse")],
)
def test_a_mixed_policy_computes_inside_and_ends_in_float32(name, inner, monkeypatch):
    build, channels = SMALL[name]
    inputs = [noise(1, 16, 24, c, seed=c) for c in channels]
    exact = build()
    exact(*inputs)
    lively(exact)
    with precision_scope(RuntimeConfig(precision="mixed_bfloat16")):
        mixed = build()
        mixed(*inputs)
        mixed.set_weights(exact.get_weights())
        part, inside = getattr(mixed, inner), []
        call = part.call
        monkeypatch.setattr(part, "call", lambda x: inside.append(call(x)) or inside[0])
        image = mixed(*inputs)
    assert [values.dtype for values in inside] == [tf.bfloat16]
    assert image.dtype == tf.float32
    assert 0 < np.abs(image - exact(*inputs)).mean() < 0.05


def test_a_mixed_policy_pools_in_float32():
    conditions, features = noise(1, 16, 24, 5), noise(1, 16, 24, 2, seed=3)
    with precision_scope(RuntimeConfig(precision="mixed_bfloat16")):
        local = LocalEnhancerGenerator(3, 1, 1, 1, 1)
        image = local(conditions)
        coarse = local.coarse(halve(conditions))
        expected = local.head(local.enhancers[0](conditions, coarse))
        np.testing.assert_array_equal(image, expected)

        network = FeatureGenerator(2, 3, 1, 1)
        image = network(conditions, features)
        x = network.encoder(tf.concat([conditions, features], -1))
        for inner in (network.blocks, network.decoder):
            x = inner(tf.concat([tf.cast(x, tf.float32), halve(features)], -1))
        expected = network.head(tf.concat([tf.cast(x, tf.float32), features], -1))
        np.testing.assert_array_equal(image, expected)


REFUSED = {
    "an example without a batch": (
        [16, 16, 5],
        "conditions: expected [B, H, W, 5], got (16, 16, 5)",
    ),
    "planes of another task": (
        [1, 16, 16, 6],
        "conditions: expected [B, H, W, 5], got (1, 16, 16, 6)",
    ),
    "a height that does not halve": (
        [1, 18, 16, 5],
        "conditions: height and width must be divisible by 4",
    ),
}


@pytest.mark.parametrize("name", list(SMALL))
@pytest.mark.parametrize("what", list(REFUSED))
def test_conditions_that_do_not_fit_are_refused(name, what):
    build, channels = SMALL[name]
    network = build()
    network(*(noise(1, 16, 16, c) for c in channels))
    shape, message = REFUSED[what]
    inputs = [noise(*shape), noise(1, 16, 16, 2)]
    with pytest.raises(InputError, match=re.escape(message)):
        network(*inputs[: len(channels)])


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([1, 16, 16, 3], "features: expected [B, H, W, 2], got (1, 16, 16, 3)"),
        ([1, 16, 24, 2], "features: expected (1, 16, 16) as the conditions, got"),
        ([2, 16, 16, 2], "got (2, 16, 16): give the features of the same examples"),
        ([1, 16, 16], "features: expected [B, H, W, 2], got (1, 16, 16)"),
    ],
)
def test_features_that_do_not_fit_are_refused(shape, message):
    network = FeatureGenerator(2, 3, 2, 1)
    with pytest.raises(InputError, match=re.escape(message)):
        network(noise(1, 16, 16, 5), noise(*shape))
