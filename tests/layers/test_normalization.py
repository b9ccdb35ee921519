"""Instance norm: exact statistics, nothing shared, nothing remembered."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.layers.normalization import (
    InstanceNormalization,
    _normalize,
    _normalize_fused,
)


def reference(x: np.ndarray, epsilon: float = 1e-5) -> np.ndarray:
    x = x.astype(np.float64)
    centred = x - x.mean((1, 2), keepdims=True)
    return centred / np.sqrt((centred**2).mean((1, 2), keepdims=True) + epsilon)


@pytest.fixture
def plain():
    """A layer of three channels with scale 1."""
    layer = InstanceNormalization()
    layer.build(tf.TensorShape([None, None, None, 3]))
    layer.gamma.assign(tf.ones([3]))
    return layer


def test_by_hand(plain):
    # Mean 2.5, biased variance ((1.5^2 + 0.5^2) * 2) / 4 = 1.25.
    x = tf.constant([1.0, 2.0, 3.0, 4.0], shape=[1, 2, 2, 1]) * [1.0, 1.0, 1.0]
    y = plain(x).numpy()[0, ..., 0].ravel()
    np.testing.assert_allclose(
        y, np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25 + 1e-5), rtol=1e-5
    )


def test_scale_and_shift_are_per_channel(plain):
    x = np.random.default_rng(0).normal(3, 2, (2, 5, 7, 3)).astype(np.float32)
    plain.gamma.assign([1.0, 2.0, -3.0])
    plain.beta.assign([0.0, 5.0, 0.25])
    np.testing.assert_allclose(
        plain(x), reference(x) * [1, 2, -3] + [0, 5, 0.25], atol=2e-5
    )


def test_a_batch_equals_each_example_alone(plain):
    random = np.random.default_rng(1)
    x = random.normal(size=(2, 6, 5, 3)).astype(np.float32) * [[[[1, 9, 0.1]]]]
    x[1] = x[1] * 40 - 7
    x = x.astype(np.float32)
    alone = np.concatenate([plain(x[:1]), plain(x[1:])])
    np.testing.assert_array_equal(plain(x), alone)
    other = x.copy()
    other[1] = 1e4
    np.testing.assert_array_equal(plain(x)[0], plain(other)[0])


@pytest.mark.parametrize("shape", [(5, 6, 7, 3), (2, 4, 9, 3), (1, 8, 8, 3)])
def test_the_fused_and_the_general_form_agree_with_their_gradients(shape):
    random = np.random.default_rng(4)
    x = tf.constant(random.normal(2, 3, shape), tf.float32)
    gamma, beta = tf.constant([1.5, -0.5, 2.0]), tf.constant([0.25, 0.0, -1.0])
    weight = tf.constant(random.normal(size=shape), tf.float32)

    def by_hand(x, gamma, beta):
        centred = x - tf.reduce_mean(x, [1, 2], keepdims=True)
        variance = tf.reduce_mean(centred**2, [1, 2], keepdims=True)
        return centred / tf.sqrt(variance + 1e-5) * gamma + beta

    def fused(x, gamma, beta):
        return _normalize_fused(x, gamma, beta, 1e-5, x.shape[0])

    def general(x, gamma, beta):
        return _normalize(x, gamma, beta, 1e-5)

    results = []
    for form in (by_hand, fused, general):
        with tf.GradientTape() as tape:
            tape.watch((x, gamma, beta))
            y = form(x, gamma, beta)
            loss = tf.reduce_sum(tf.tanh(y) * weight)
        results.append((y, *tape.gradient(loss, (x, gamma, beta))))
    for other in results[1:]:
        for ours, expected in zip(other, results[0], strict=True):
            np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 4, 5])
def test_any_batch_size_gives_the_same(plain, batch):
    x = np.random.default_rng(5).normal(3, 2, (6, 5, 7, 3)).astype(np.float32)
    plain.gamma.assign([1.0, 2.0, -3.0])
    traced = tf.function(plain, input_signature=[tf.TensorSpec([None, None, None, 3])])
    np.testing.assert_allclose(plain(x[:batch]), traced(x)[:batch], atol=1e-5)


def test_without_scale_and_shift_there_are_no_weights():
    layer = InstanceNormalization(affine=False)
    x = np.random.default_rng(6).normal(3, 2, (2, 5, 7, 3)).astype(np.float32)
    np.testing.assert_allclose(layer(x), reference(x), atol=2e-5)
    assert layer.weights == []
    assert not InstanceNormalization.from_config(layer.get_config()).affine


def test_training_and_inference_are_one(plain):
    x = np.random.default_rng(2).normal(5, 3, (2, 4, 6, 3)).astype(np.float32)
    before = plain(x, training=False).numpy()
    plain(x * 3 + 100, training=True)
    np.testing.assert_array_equal(plain(x, training=False), before)
    assert plain.non_trainable_variables == []


def test_a_constant_map_with_an_offset_becomes_zero(plain):
    x = np.full((1, 32, 64, 3), 0.1, np.float32) + np.float32([1e3, 3.3, -777.7])
    # Once centred, float32 leaves a mean of 1e-5 and more here, of which the division
    # by sqrt(1e-5) makes 1e-2; twice centred next to nothing is left.
    once = x - tf.reduce_mean(x, axis=[1, 2], keepdims=True)
    assert float(tf.reduce_max(tf.abs(once))) / np.sqrt(1e-5) > 1e-3
    assert float(tf.reduce_max(tf.abs(plain(x)))) < 1e-5


def test_a_nearly_constant_map_keeps_its_detail(plain):
    x = np.full((1, 16, 16, 3), 1e3, np.float32)
    x[0, 3, 5] += 0.25  # exact in float32 at 1000
    np.testing.assert_allclose(plain(x), reference(x), atol=2e-4)


HARD = ("nearly constant", "first pixel", "first row and column", "offset")


def hard_maps(kind: str, size: tuple[int, int] = (64, 128)) -> np.ndarray:
    """Float32 [1, H, W, 3] of which a careless mean or variance loses much."""
    noise = np.random.default_rng(7).normal(size=(1, *size, 3))
    if kind == "offset":
        return np.float32([1e3, -1e3, 777.7] + 1e-2 * noise)
    x = np.float32([0.37, -2.1, 1.3] + 1e-4 * noise)
    if kind == "first pixel":
        x[:, 0, 0] = [5.0, 3.0, -7.0]
    elif kind == "first row and column":  # what a convolution's zero padding makes
        x[:, 0] += 0.25
        x[:, :, 0] -= 0.75
    return x


@pytest.mark.parametrize("batch", [1, 5], ids=["fused", "general"])
@pytest.mark.parametrize("kind", HARD)
def test_maps_that_lose_digits_are_as_in_float64(plain, kind, batch):
    x = np.repeat(hard_maps(kind), batch, axis=0)
    y, expected = plain(x).numpy(), reference(x)
    # The kernel's variance beside one outlier, 90 standard deviations off, is 1e-4 off.
    np.testing.assert_allclose(y, expected, rtol=1e-4, atol=1e-5)
    assert np.abs(y - expected).mean() < 4e-6


@pytest.mark.parametrize("batch", [1, 5], ids=["fused", "general"])
@pytest.mark.parametrize("kind", HARD)
def test_their_gradients_are_as_in_float64(plain, kind, batch):
    x = np.repeat(hard_maps(kind, (16, 24)), batch, axis=0)
    weight = np.random.default_rng(8).normal(size=x.shape)
    with tf.GradientTape() as tape:
        inputs = tf.constant(x)
        tape.watch(inputs)
        loss = tf.reduce_sum(plain(inputs) * tf.constant(weight, tf.float32))
    to_x, to_gamma = tape.gradient(loss, (inputs, plain.gamma))
    exact = tf.constant(x, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(exact)
        centred = exact - tf.reduce_mean(exact, [1, 2], keepdims=True)
        variance = tf.reduce_mean(centred**2, [1, 2], keepdims=True)
        normal = centred / tf.sqrt(variance + 1e-5)
        loss = tf.reduce_sum(normal * weight)
    expected = tape.gradient(loss, exact).numpy()
    np.testing.assert_allclose(to_x, expected, atol=1e-5 * np.abs(expected).max())
    expected = (normal.numpy() * weight).sum((0, 1, 2))
    np.testing.assert_allclose(to_gamma, expected, rtol=1e-4, atol=1e-3)


def test_the_mean_of_a_large_map_keeps_its_digits(plain):
    # Summed pixel after pixel, 1000 + 0.01 noise is off by more than the noise.
    x = hard_maps("offset", (512, 1024))
    assert np.abs(plain(x) - reference(x)).mean() < 3e-4


def test_the_variance_of_a_large_map_keeps_its_digits(plain):
    maps = np.random.default_rng(4).normal(0.5, 1, (1, 512, 512, 3)).astype(np.float32)
    assert np.abs(plain(maps) - reference(maps.astype(np.float64))).max() < 3e-6


@pytest.mark.parametrize("kind", HARD)
def test_float16_in_gives_float16_out_with_float32_statistics(kind):
    mixed = InstanceNormalization(dtype="mixed_float16")
    x = tf.cast(hard_maps(kind), tf.float16)
    y = mixed(x)
    assert y.dtype == tf.float16
    assert mixed.gamma.dtype == tf.float32
    expected = reference(tf.cast(x, tf.float32).numpy()) * mixed.gamma.numpy()
    # One rounding to 11 bits of a result computed in float32.
    np.testing.assert_allclose(tf.cast(y, tf.float32), expected, rtol=2**-10, atol=2e-4)


def test_bfloat16_in_gives_bfloat16_out_with_float32_statistics():
    x = tf.cast(np.random.default_rng(3).normal(50, 1, (1, 16, 16, 3)), tf.bfloat16)
    mixed = InstanceNormalization(dtype="mixed_bfloat16")
    y = mixed(x)
    assert y.dtype == tf.bfloat16
    assert mixed.gamma.dtype == tf.float32
    expected = reference(tf.cast(x, tf.float32).numpy()) * mixed.gamma.numpy()
    # One rounding to 8 bits of a result computed in float32.
    np.testing.assert_allclose(tf.cast(y, tf.float32), expected, rtol=2**-8, atol=1e-5)


def test_scales_start_around_one_and_shifts_at_zero():
    tf.keras.utils.set_random_seed(3)
    layer = InstanceNormalization()
    layer.build(tf.TensorShape([None, None, None, 2000]))
    assert layer.gamma.numpy().mean() == pytest.approx(1.0, abs=0.002)
    assert layer.gamma.numpy().std() == pytest.approx(0.02, rel=0.1)
    assert not layer.beta.numpy().any()


def test_it_can_be_made_again_from_its_config():
    layer = InstanceNormalization(epsilon=0.5)
    again = InstanceNormalization.from_config(layer.get_config())
    assert again.epsilon == 0.5
    # Values 0 and 2: variance 1, so 1 / sqrt(1.5) with this epsilon.
    x = tf.constant([0.0, 2.0], shape=[1, 1, 2, 1])
    again.build(x.shape)
    again.gamma.assign([1.0])
    np.testing.assert_allclose(
        again(x).numpy().ravel(), np.array([-1, 1]) / np.sqrt(1.5), rtol=1e-6
    )
