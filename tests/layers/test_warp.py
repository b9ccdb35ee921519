"""Direction, order, border and type of the backward warp."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.layers import warp as warping
from v2v_tf.layers.precision import precision_scope
from v2v_tf.layers.warp import backward_warp


@pytest.fixture
def image() -> np.ndarray:
    """Two images in which every value differs, [2, 4, 6, 3]."""
    values = np.random.default_rng(0).permutation(2 * 4 * 6 * 3)
    return values.reshape(2, 4, 6, 3).astype(np.float32)


def constant_flow(image: np.ndarray, dx: float, dy: float) -> tf.Tensor:
    return tf.zeros([*image.shape[:3], 2]) + [dx, dy]


def warp(image: np.ndarray, flow: np.ndarray | tf.Tensor) -> np.ndarray:
    return backward_warp(tf.constant(image), tf.constant(flow)).numpy()


def test_zero_flow_is_the_identity(image):
    warped = warp(image, constant_flow(image, 0, 0))
    np.testing.assert_allclose(warped, image, rtol=1e-6)


def test_u_of_one_shifts_left_and_repeats_the_last_column(image):
    warped = warp(image, constant_flow(image, 1, 0))
    np.testing.assert_allclose(warped[:, :, :-1], image[:, :, 1:], rtol=1e-6)
    np.testing.assert_allclose(warped[:, :, -1], image[:, :, -1], rtol=1e-6)


def test_v_of_minus_two_shifts_down_and_repeats_the_first_row(image):
    warped = warp(image, constant_flow(image, 0, -2))
    np.testing.assert_allclose(warped[:, 2:], image[:, :-2], rtol=1e-6)
    np.testing.assert_allclose(warped[:, 0], image[:, 0], rtol=1e-6)
    np.testing.assert_allclose(warped[:, 1], image[:, 0], rtol=1e-6)


def test_every_pixel_has_its_own_flow_and_fractions_are_bilinear(image):
    flow = np.zeros((2, 4, 6, 2), np.float32)
    flow[1, 2, 1] = (2.25, -0.5)  # to x = 3.25, y = 1.5 of the second image
    warped = warp(image, flow)
    upper, lower = image[1, 1], image[1, 2]
    expected = 0.5 * (0.75 * upper[3] + 0.25 * upper[4])
    expected += 0.5 * (0.75 * lower[3] + 0.25 * lower[4])
    np.testing.assert_allclose(warped[1, 2, 1], expected, rtol=1e-5)
    np.testing.assert_allclose(warped[0], image[0], rtol=1e-6)


def test_far_outside_is_clamped_to_the_corner(image):
    warped = warp(image, constant_flow(image, -50.5, 99))
    corner = np.broadcast_to(image[:, -1:, :1], image.shape)
    np.testing.assert_allclose(warped, corner, rtol=1e-6)


def test_gradients_reach_image_and_flow(image):
    ramp = tf.constant(np.broadcast_to(np.arange(6.0)[:, None] * 7, (1, 4, 6, 1)))
    flow = tf.fill([1, 4, 6, 2], 0.25)
    ramp = tf.cast(ramp, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch([ramp, flow])
        total = tf.reduce_sum(backward_warp(ramp, flow)[:, :, 2])
    by_image, by_flow = tape.gradient(total, [ramp, flow])
    # The ramp rises by 7 a pixel along x and not at all along y.
    np.testing.assert_allclose(by_flow[0, 0, 2], [7.0, 0.0], atol=1e-4)
    np.testing.assert_allclose(by_flow[0, :, 3], np.zeros((4, 2)), atol=1e-6)
    np.testing.assert_allclose(
        tf.reduce_sum(by_image, axis=[0, 1, 3]), [0, 0, 3, 1, 0, 0], atol=1e-5
    )


def test_float32_comes_out_under_a_mixed_policy(image):
    with precision_scope(RuntimeConfig(precision="mixed_bfloat16")):
        low = tf.cast(image, tf.bfloat16)
        warped = backward_warp(low, tf.cast(constant_flow(image, 1, 0), tf.bfloat16))
    assert warped.dtype == tf.float32
    np.testing.assert_allclose(
        warped[:, :, :-1], tf.cast(low, tf.float32)[:, :, 1:], rtol=1e-6
    )


def test_a_flow_that_is_nan_stays_visible_and_in_its_place(image):
    flow = np.ones((2, 4, 6, 2), np.float32)
    flow[1, 2, 3] = (np.nan, 1.0)
    flow[0, 0, 5] = (0.0, np.nan)
    warped = warp(image, flow)
    lost = np.isnan(flow).any(-1)
    assert np.isnan(warped[lost]).all()
    np.testing.assert_array_equal(warped[~lost], warp(image, np.ones_like(flow))[~lost])


@pytest.mark.parametrize(
    ("image_shape", "flow_shape"),
    [
        ((4, 6, 3), (1, 4, 6, 2)),
        ((1, 4, 6, 3), (4, 6, 2)),
        ((1, 4, 6, 3), (1, 4, 6, 3)),
    ],
)
def test_wrong_ranks_and_flow_channels_are_errors(image_shape, flow_shape):
    with pytest.raises(ValueError, match="expects an image .* got") as error:
        backward_warp(tf.zeros(image_shape), tf.zeros(flow_shape))
    assert str(flow_shape) in str(error.value)


def flows(name: str, size: tuple[int, int, int]) -> tf.Tensor:
    """Flow into the picture and out of it: any, of eighths, or of whole pixels."""
    random = np.random.default_rng(5)
    flow = random.uniform(-4.5, 6.5, (*size, 2)).astype(np.float32)
    steps = {"any": None, "eighths": 8, "whole": 1}[name]
    return tf.constant(flow if steps is None else np.round(steps * flow) / steps)


@pytest.mark.parametrize("traced", [False, True])
@pytest.mark.parametrize("name", ["any", "eighths", "whole"])
def test_our_own_warp_is_that_of_tf_addons_to_the_bit(image, name, traced):
    """Forward, and both gradients.

    A pixel of the image gets its gradient from several places, which TensorFlow adds up
    in an order of its own: that gradient is compared to the bit where sums are exact.
    """
    addons = pytest.importorskip("tensorflow_addons.image")
    flow = flows(name, image.shape[:3])
    weights = np.random.default_rng(6).normal(size=image.shape).astype(np.float32)
    if name != "any":
        weights = np.round(8 * weights)

    def both(function, x, by):
        with tf.GradientTape() as tape:
            tape.watch([x, by])
            made = function(x, by)
            loss = tf.reduce_sum(made * weights)
        of_image, of_flow = tape.gradient(loss, [x, by])
        return made, of_flow, tf.convert_to_tensor(of_image)

    def theirs(x, by):
        return addons.dense_image_warp(x, -by[..., ::-1])

    run = tf.function(both) if traced else both
    *found, of_image = run(warping.bilinear_warp, tf.constant(image), flow)
    *expected, their_of_image = run(theirs, tf.constant(image), flow)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one.numpy(), other.numpy())
    if name == "any":
        np.testing.assert_allclose(of_image, their_of_image, rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_array_equal(of_image.numpy(), their_of_image.numpy())


def test_it_takes_over_where_tf_addons_is_not(image, monkeypatch):
    flow = flows("any", image.shape[:3])
    expected = warp(image, flow)
    monkeypatch.setattr(warping, "_dense_image_warp", None)
    np.testing.assert_array_equal(warp(image, flow), expected)
