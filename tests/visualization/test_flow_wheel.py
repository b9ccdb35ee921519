import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization.flow_wheel import colorize_flow, flow_legend, flow_scale

RIGHT, DOWN, LEFT, UP = (1, 0), (0, 1), (-1, 0), (0, -1)


def test_hue_is_direction_at_full_speed():
    flow = 3.0 * np.array([[RIGHT, DOWN, LEFT, UP]], np.float32)
    expected = [(255, 0, 0), (128, 255, 0), (0, 255, 255), (128, 0, 255)]
    painted = colorize_flow(flow, scale=3.0)
    assert painted.dtype == np.uint8
    np.testing.assert_allclose(painted[0], expected, atol=1)


def test_saturation_is_speed_over_scale_up_to_one():
    flow = np.array([[(0, 0), (1, 0), (4, 0), (9, 0)]], np.float32)
    painted = colorize_flow(flow, scale=4.0)[0]
    np.testing.assert_allclose(
        painted, [(255,) * 3, (255, 191, 191), (255, 0, 0), (255, 0, 0)], atol=1
    )


def test_clips_are_painted_as_their_frames():
    flow = np.random.default_rng(8).normal(0, 3, (3, 5, 7, 2))
    painted = colorize_flow(flow, scale=5.0)
    assert painted.shape == (3, 5, 7, 3)
    for t in range(3):
        np.testing.assert_array_equal(painted[t], colorize_flow(flow[t], scale=5.0))


def test_scale_leaves_outliers_out_and_is_at_least_a_pixel():
    flow = np.zeros((1, 10, 50, 2))
    flow[..., 0] = 3.0
    flow[0, 0, 0] = (300, 400)
    assert flow_scale(flow) == pytest.approx(3.0)
    assert flow_scale(flow * 0.01) == 1.0
    np.testing.assert_array_equal(colorize_flow(flow), colorize_flow(flow, 3.0))


def test_legend_is_a_disc_with_the_same_colours():
    wheel = flow_legend(101, background=40)
    assert wheel.shape == (101, 101, 3)
    np.testing.assert_array_equal(wheel[0, 0], (40, 40, 40))
    np.testing.assert_array_equal(wheel[50, 50], (255, 255, 255))
    for (dx, dy), color in [(RIGHT, (255, 51, 51)), (DOWN, (153, 255, 51))]:
        np.testing.assert_allclose(wheel[50 + 40 * dy, 50 + 40 * dx], color, atol=1)


@pytest.mark.parametrize(
    ("flow", "message"),
    [
        (np.zeros((4, 5, 3)), r"expected \[..., H, W, 2\], got \[4, 5, 3\]"),
        (np.zeros((0, 5, 2)), "expected"),
        (np.full((1, 1, 2), np.nan), "NaN or infinity"),
    ],
)
def test_no_flow_is_refused(flow, message):
    with pytest.raises(InputError, match=message):
        colorize_flow(flow, scale=1.0)


@pytest.mark.parametrize("scale", [0.0, -2.0, float("nan")])
def test_scale_must_be_positive(scale):
    with pytest.raises(InputError, match="above 0 pixels"):
        colorize_flow(np.zeros((1, 1, 2)), scale)


def test_legend_needs_two_pixels():
    with pytest.raises(InputError, match="2 pixels or more, got 1"):
        flow_legend(1)
