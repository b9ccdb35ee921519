"""Flow, visibility and stillness by hand."""

import math

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics import temporal
from v2v_tf.toy_street.street import ToyStreet


def moving_ramp() -> tuple[np.ndarray, np.ndarray]:
    """Returns 3 frames of a ramp that moves 2 pixels right a frame, and its flow."""
    x = np.arange(9)
    rows = [20 + 10 * (x - 2 * t) + 40 for t in range(3)]
    frames = np.array(rows, np.uint8)[:, None, :, None]
    frames = np.broadcast_to(frames, (3, 5, 9, 3)).copy()
    flow = np.zeros((2, 5, 9, 2), np.float32)
    flow[..., 0] = -2.0  # what is here now was two pixels to the left
    return frames, flow


def test_warping_error_is_zero_along_the_motion():
    frames, flow = moving_ramp()
    visible = np.ones((2, 5, 9), bool)
    visible[..., :2] = False  # came into the picture
    assert temporal.warping_error(frames, flow, visible) == pytest.approx(0, abs=1e-6)


def test_warping_error_counts_visible_pixels_of_all_frames_alike():
    frames, flow = moving_ramp()
    visible = np.zeros((2, 5, 9), np.uint8)
    visible[0, 0, 4] = 1
    visible[1, 1:3, 5:8] = 1
    frames[1, 0, 4] = (110, 80, 95)  # was 80: wrong by 30, 0, 15
    frames[2, 2, 7] += 7  # one of six pixels
    frames[1, 3, 0] = 255  # neither seen nor a source of a seen pixel
    expected = (30 + 0 + 15 + 3 * 7) / (3 * 7 * 255)
    assert temporal.warping_error(frames, flow, visible) == pytest.approx(
        expected, rel=1e-5
    )


def test_warping_error_reads_flow_as_dx_dy_backward():
    frames = np.zeros((2, 4, 6, 3), np.uint8)
    frames[0, 1, 4] = 200
    frames[1, 2, 1] = 200  # moved 3 left and 1 down
    flow = np.zeros((1, 4, 6, 2), np.float32)
    flow[...] = (3.0, -1.0)
    visible = np.zeros((1, 4, 6), bool)
    visible[0, 1:, :3] = True
    assert temporal.warping_error(frames, flow, visible) == pytest.approx(0, abs=1e-6)
    assert temporal.warping_error(frames, -flow, visible) == pytest.approx(
        200 / 255 / 9, rel=1e-5
    )


def test_nothing_visible_is_no_number():
    frames, flow = moving_ramp()
    assert math.isnan(temporal.warping_error(frames, flow, np.zeros((2, 5, 9), bool)))
    assert math.isnan(
        temporal.warping_error(
            frames[:1], np.zeros((0, 5, 9, 2)), np.zeros((0, 5, 9), bool)
        )
    )


def test_still_pixels_have_short_flow_and_keep_their_label():
    flow = np.zeros((2, 2, 3, 2), np.float32)
    flow[0, 0, 1] = (0.08, 0.08)  # 0.113 pixels
    flow[0, 0, 2] = (0.06, -0.07)  # 0.092 pixels
    labels = np.array(
        [[[0, 0, 0], [1, 1, 1]], [[0, 0, 0], [1, 2, 1]], [[0, 5, 0], [1, 2, 1]]]
    )
    expected = np.array([[[1, 0, 1], [1, 0, 1]], [[1, 0, 1], [1, 1, 1]]], bool)
    np.testing.assert_array_equal(temporal.still_pixels(flow, labels), expected)
    assert temporal.still_pixels(flow).sum() == 11


def test_flicker_is_the_change_beyond_the_real_clips():
    flow = np.zeros((2, 2, 3, 2), np.float32)
    flow[:, :, 2, 0] = 4.0  # moves: not counted
    fake = np.full((3, 2, 3, 3), 100, np.uint8)
    fake[1, 0, 0] = (130, 100, 94)  # 36 in, 36 out
    fake[1, 1, 2] = 255
    real = np.full((3, 2, 3, 3), 50, np.uint8)
    real[2, 1, 1] = (44, 50, 50)  # 6
    still = temporal.still_pixels(flow)
    values = 3 * 8 * 255  # 8 still pixels
    assert temporal.still_change(fake, still) == pytest.approx(72 / values)
    assert temporal.still_change(real, still) == pytest.approx(6 / values)
    assert temporal.flicker(fake, real, flow) == pytest.approx(66 / values)
    assert temporal.flicker(real, fake, flow) == pytest.approx(-66 / values)


def test_flicker_leaves_changed_labels_out():
    flow = np.zeros((1, 2, 3, 2), np.float32)
    fake = np.zeros((2, 2, 3, 3), np.uint8)
    fake[1, 1, 2] = 90
    labels = np.zeros((2, 2, 3), np.uint8)
    real = np.zeros_like(fake)
    assert temporal.flicker(fake, real, flow, labels) == pytest.approx(90 / 255 / 6)
    labels[1, 1, 2] = 4
    assert temporal.flicker(fake, real, flow, labels) == 0
    labels[1] = 4
    assert math.isnan(temporal.flicker(fake, real, flow, labels))


def test_a_street_with_exact_flow_is_calm_only_along_that_flow():
    world = ToyStreet(7, (64, 128), 4)
    street = [world.frame(t) for t in range(4)]
    frames = np.stack([step.frame for step in street])
    flow = np.stack([step.flow for step in street[1:]])
    visible = np.stack([step.visible for step in street[1:]])
    along = temporal.warping_error(frames, flow, visible)
    against = temporal.warping_error(frames, -flow, visible)
    assert 0 < along < 0.5 * against


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flow": np.zeros((3, 5, 9, 2))}, r"flow: expected shape \[2, 5, 9, 2\]"),
        ({"flow": np.full((2, 5, 9, 2), np.nan)}, "flow: expected finite"),
        ({"visible": np.ones((2, 5, 8))}, r"visible: expected shape \[2, 5, 9\]"),
        ({"visible": np.full((2, 5, 9), 0.4)}, "zeros and ones, got float64"),
        ({"frames": np.zeros((3, 5, 9, 3))}, "frames: expected a clip"),
    ],
)
def test_warping_error_refuses_what_does_not_fit(change, message):
    frames, flow = moving_ramp()
    given = {"frames": frames, "flow": flow, "visible": np.ones((2, 5, 9), bool)}
    with pytest.raises(InputError, match=message):
        temporal.warping_error(**(given | change))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"real": np.zeros((2, 5, 9, 3), np.uint8)}, r"real: expected shape \[3, 5"),
        ({"flow": np.zeros((2, 5, 8, 2))}, r"flow: expected shape \[2, 5, 9, 2\]"),
        ({"label_maps": np.zeros((2, 5, 9))}, r"label_maps: expected shape \[3, 5, 9"),
    ],
)
def test_flicker_refuses_what_does_not_fit(change, message):
    frames, flow = moving_ramp()
    given = {"frames": frames, "real": frames, "flow": flow}
    with pytest.raises(InputError, match=message):
        temporal.flicker(**(given | change))
