"""Ways to double the sides of maps, against plain NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.layers.upsampling import (
    ResizeConv2D,
    SubpixelConv2D,
    UpConv2D,
    upsample,
)

ASYMMETRIC = np.float32([[1, 3, 5], [11, 13, 15], [21, 23, 25]])


def built(layer, kernel: np.ndarray, bias: float = 0.0):
    layer(tf.zeros([1, 8, 8, 1]))
    layer.set_weights([kernel[..., None, None], np.float32([bias])])
    return layer


def apply(layer, image: np.ndarray) -> np.ndarray:
    return layer(tf.constant(image, tf.float32)[None, ..., None]).numpy()[0, ..., 0]


def test_the_transposed_convolution_drops_the_first_row_and_column():
    layer = built(UpConv2D(1), ASYMMETRIC, 0.25)
    image = np.array([[1.0, 0.0], [0.0, 100.0]])
    full = np.zeros((5, 5))
    full[0:3, 0:3] += ASYMMETRIC
    full[2:5, 2:5] += 100 * ASYMMETRIC
    result = apply(layer, image)
    np.testing.assert_allclose(result, full[1:, 1:] + 0.25, rtol=1e-6)
    # By hand: output (0, 0) is the kernel's centre over pixel (0, 0).
    assert result[0, 0] == ASYMMETRIC[1, 1] + 0.25


def test_the_transposed_convolution_doubles_odd_and_uneven_sizes():
    assert UpConv2D(3)(tf.zeros([2, 3, 5, 4])).shape == [2, 6, 10, 3]


def test_resizing_repeats_pixels_and_convolves_with_the_flipped_kernel():
    layer = built(ResizeConv2D(1), ASYMMETRIC, 0.25)
    image = np.random.default_rng(3).normal(size=(3, 5)).astype(np.float32)
    padded = np.pad(image.repeat(2, axis=0).repeat(2, axis=1), 1)
    expected = [
        [
            (padded[y : y + 3, x : x + 3] * ASYMMETRIC[::-1, ::-1]).sum()
            for x in range(10)
        ]
        for y in range(6)
    ]
    result = apply(layer, image)
    np.testing.assert_allclose(result, np.add(expected, 0.25), rtol=1e-4, atol=1e-4)


def test_subpixels_are_four_convolutions_side_by_side():
    layer = SubpixelConv2D(2)
    image = np.random.default_rng(4).normal(size=(1, 3, 5, 2)).astype(np.float32)
    layer(image)
    kernel = np.random.default_rng(5).normal(size=(3, 3, 2, 8)).astype(np.float32)
    layer.set_weights([kernel, np.float32([0.5, -1.5])])
    padded = np.pad(image[0], [(1, 1), (1, 1), (0, 0)])
    result = layer(image).numpy()[0]
    for y, x in ((0, 0), (2, 7), (3, 4), (5, 9)):
        window = padded[y // 2 : y // 2 + 3, x // 2 : x // 2 + 3]
        first = 2 * (y % 2 * 2 + x % 2)
        expected = np.tensordot(window, kernel[..., first : first + 2], 3) + [0.5, -1.5]
        np.testing.assert_allclose(result[y, x], expected, rtol=1e-4, atol=1e-5)


def test_subpixels_begin_without_a_grid():
    tf.keras.utils.set_random_seed(3)
    layer = SubpixelConv2D(5)
    result = layer(tf.random.stateless_normal([1, 4, 6, 7], [1, 2])).numpy()
    pairs = result.reshape(1, 4, 2, 6, 2, 5)
    same = np.broadcast_to(pairs[:, :, :1, :, :1], pairs.shape)
    np.testing.assert_allclose(pairs, same, atol=1e-6)
    kernel, _ = layer.get_weights()
    assert kernel.shape == (3, 3, 7, 20) and kernel.std() == pytest.approx(
        0.02, rel=0.1
    )


@pytest.mark.parametrize("layer", [ResizeConv2D(3), SubpixelConv2D(3)])
def test_each_way_doubles_odd_and_uneven_sizes(layer):
    assert layer(tf.zeros([2, 3, 5, 4])).shape == [2, 6, 10, 3]
    again = type(layer).from_config(layer.get_config())
    assert again(tf.zeros([1, 4, 6, 2])).shape == [1, 8, 12, 3]


@pytest.mark.parametrize(
    ("kind", "has_grid"), [("transposed", True), ("resize", False), ("subpixel", False)]
)
def test_of_even_maps_only_transposed_ones_have_a_grid(kind, has_grid):
    tf.keras.utils.set_random_seed(1)
    block = upsample(6, kind=kind)
    result = block.convolution(tf.ones([1, 8, 8, 4])).numpy()
    inside = result[:, 2:-2, 2:-2]
    spread = np.ptp(inside, axis=(1, 2)).max()
    assert spread > 0.01 if has_grid else spread < 1e-6
