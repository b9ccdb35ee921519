"""Padding, alignment and initialisation against numbers worked out by hand."""

import math

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.layers.convolution import (
    NormalizedBlock,
    PaddedConv2D,
    ResidualBlock,
    downsample,
    stem,
)
from v2v_tf.layers.precision import precision_scope
from v2v_tf.layers.upsampling import UpConv2D, upsample

ROWS = np.arange(3)[:, None]
COLUMNS = np.arange(3)[None, :]
ASYMMETRIC = (1.0 + 2.0 * COLUMNS + 10.0 * ROWS).astype(np.float32)


def set_kernel(layer, kernel: np.ndarray, bias: float = 0.0) -> None:
    """Sets a one-to-one-channel kernel of a built layer."""
    layer.set_weights(
        [kernel.astype(np.float32)[..., None, None], np.array([bias], np.float32)]
    )


def apply(layer, image: np.ndarray) -> np.ndarray:
    return layer(tf.constant(image, tf.float32)[None, ..., None]).numpy()[0, ..., 0]


def built(layer, kernel: np.ndarray, bias: float = 0.0):
    layer(tf.zeros([1, 8, 8, 1]))
    set_kernel(layer, kernel, bias)
    return layer


def correlate(padded: np.ndarray, kernel: np.ndarray, stride: int) -> np.ndarray:
    """The plain double loop over windows of a padded image."""
    size = kernel.shape[0]
    return np.array(
        [
            [
                (padded[y : y + size, x : x + size] * kernel).sum()
                for x in range(0, padded.shape[1] - size + 1, stride)
            ]
            for y in range(0, padded.shape[0] - size + 1, stride)
        ]
    )


def test_a_kernel_is_not_flipped():
    layer = built(PaddedConv2D(1, 3, padding=1), ASYMMETRIC, bias=0.5)
    image = np.zeros((5, 6))
    image[2, 3] = 1.0
    expected = np.full((5, 6), 0.5)
    # The pixel above and left of the point sees it in its last row and column.
    expected[1:4, 2:5] += ASYMMETRIC[::-1, ::-1]
    np.testing.assert_allclose(apply(layer, image), expected, atol=1e-6)


@pytest.mark.parametrize("size", [(6, 8), (5, 7)])
def test_stride_2_windows_are_centred_on_even_pixels(size):
    centre = np.zeros((3, 3))
    centre[1, 1] = 1.0
    layer = built(PaddedConv2D(1, 3, strides=2, padding=1), centre)
    image = np.arange(size[0] * size[1]).reshape(size)
    np.testing.assert_array_equal(apply(layer, image), image[::2, ::2])


def test_stride_2_pads_zeros_on_both_sides():
    image = np.array([[1.0, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]])
    layer = built(PaddedConv2D(1, 3, strides=2, padding=1), ASYMMETRIC)
    # Top left: rows 0..1 and columns 0..1 under the lower right of the kernel.
    corner = 13 * 1 + 15 * 2 + 23 * 5 + 25 * 6
    result = apply(layer, image)
    assert result[0, 0] == corner
    # Bottom right is centred on pixel (2, 2) and sees the whole 3x3 around it.
    assert result[1, 1] == (ASYMMETRIC * image[1:4, 1:4]).sum()
    np.testing.assert_allclose(
        result, correlate(np.pad(image, 1), ASYMMETRIC, 2), rtol=1e-6
    )


def test_reflection_leaves_the_edge_pixel_out():
    layer = built(PaddedConv2D(1, 3, padding=1, reflect=True), ASYMMETRIC)
    image = np.array([[1.0, 2, 4], [8, 16, 32], [64, 128, 256]])
    mirrored = np.array([[16.0, 8, 16], [2, 1, 2], [16, 8, 16]])  # around (0, 0)
    result = apply(layer, image)
    assert result[0, 0] == (mirrored * ASYMMETRIC).sum()
    np.testing.assert_allclose(
        result, correlate(np.pad(image, 1, "reflect"), ASYMMETRIC, 1), rtol=1e-6
    )


def test_a_7x7_stem_keeps_the_size():
    kernel = np.arange(49.0).reshape(7, 7)
    layer = built(PaddedConv2D(1, 7, padding=3, reflect=True), kernel)
    image = np.random.default_rng(0).normal(size=(6, 9))
    np.testing.assert_allclose(
        apply(layer, image),
        correlate(np.pad(image, 3, "reflect"), kernel, 1),
        rtol=1e-4,
        atol=1e-3,
    )


@pytest.mark.parametrize(("side", "strides", "expected"), [(16, 2, 9), (9, 1, 10)])
def test_discriminator_convolutions_grow_maps_by_one(side, strides, expected):
    layer = PaddedConv2D(2, 4, strides, padding=2)
    assert layer(tf.zeros([1, side, side, 3])).shape == [1, expected, expected, 2]


@pytest.mark.parametrize(
    ("make", "fan_in"),
    [
        (lambda: PaddedConv2D(200, 3, padding=1), 7 * 9),
        # PyTorch counts a transposed kernel by its output channels.
        (lambda: UpConv2D(200), 200 * 9),
    ],
    ids=["convolution", "transposed"],
)
def test_kernels_and_biases_start_in_their_ranges(make, fan_in):
    tf.keras.utils.set_random_seed(7)
    layer = make()
    layer(tf.zeros([1, 6, 6, 7]))
    kernel, bias = layer.get_weights()
    assert kernel.std() == pytest.approx(0.02, rel=0.03)
    assert abs(kernel.mean()) < 0.001
    limit = 1 / math.sqrt(fan_in)
    assert np.abs(bias).max() <= limit
    # Uniform, not smaller and not constant: it reaches both ends.
    assert bias.max() > 0.9 * limit
    assert bias.min() < -0.9 * limit
    assert bias.std() == pytest.approx(limit / math.sqrt(3), rel=0.15)


def test_a_residual_block_adds_to_its_input_without_activation():
    block = ResidualBlock(4)
    x = tf.random.stateless_normal([2, 6, 5, 4], [1, 2])
    block(x)
    block.normalization.gamma.assign(tf.zeros([4]))
    block.normalization.beta.assign([-3.0, 0.5, 0.0, 2.0])
    np.testing.assert_allclose(block(x), x + [-3.0, 0.5, 0.0, 2.0], rtol=1e-6)


def test_a_residual_block_normalises_twice_and_rectifies_once():
    block = ResidualBlock(3)
    x = tf.random.stateless_normal([1, 6, 5, 3], [3, 4])
    y = block(x) - x
    first = block.first
    inner = tf.nn.relu(first.normalization(first.convolution(x)))
    np.testing.assert_allclose(
        y, block.normalization(block.second(inner)), rtol=1e-4, atol=1e-5
    )
    assert float(tf.reduce_min(y)) < 0


@pytest.mark.parametrize(
    ("make", "expected"),
    [(stem, (8, 12)), (downsample, (4, 6)), (upsample, (16, 24))],
)
def test_blocks_give_rectified_maps_of_their_size(make, expected):
    block = make(5)
    assert isinstance(block, NormalizedBlock)
    y = block(tf.random.stateless_normal([2, 8, 12, 3], [5, 6]))
    assert y.shape == [2, *expected, 5]
    assert float(tf.reduce_min(y)) == 0.0
    assert float(tf.reduce_max(y)) > 1.0


def test_a_bias_before_a_norm_is_left_out_with_an_exact_zero_gradient():
    block = upsample(3)
    x = tf.random.stateless_normal([1, 6, 8, 2], [1, 2])
    before = block(x)
    block.convolution.bias.assign([5.0, -3.0, 100.0])
    np.testing.assert_array_equal(block(x), before)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(block(x) ** 2)
    weights = [block.convolution.kernel, block.convolution.bias]
    kernel, bias = tape.gradient(loss, weights)
    np.testing.assert_array_equal(bias, [0.0, 0.0, 0.0])
    assert np.abs(kernel).max() > 0


def test_with_a_bias_the_norm_gives_the_same():
    x = tf.random.stateless_normal([2, 8, 6, 3], [1, 2])
    without = downsample(4)
    without(x)
    convolution = PaddedConv2D(4, 3, strides=2, padding=1)
    convolution(x)
    convolution.kernel.assign(without.convolution.kernel)
    convolution.bias.assign([2.0, -1.0, 0.5, 30.0])
    expected = tf.nn.relu(without.normalization(convolution(x)))
    np.testing.assert_allclose(without(x), expected, atol=2e-5)


@pytest.mark.parametrize(
    "layer",
    [
        PaddedConv2D(3, 4, strides=2, padding=1, reflect=True),
        UpConv2D(6, use_bias=False),
    ],
)
def test_layers_can_be_made_again_from_their_config(layer):
    again = type(layer).from_config(layer.get_config())
    x = tf.zeros([1, 8, 10, 2])
    assert again.get_config() == layer.get_config()
    assert again(x).shape == layer(x).shape


def test_the_policy_is_put_back_even_after_an_error():
    before = tf.keras.mixed_precision.global_policy().name
    config = RuntimeConfig(precision="mixed_bfloat16")
    with pytest.raises(RuntimeError), precision_scope(config):
        assert tf.keras.mixed_precision.global_policy().name == "mixed_bfloat16"
        raise RuntimeError
    assert tf.keras.mixed_precision.global_policy().name == before == "float32"
