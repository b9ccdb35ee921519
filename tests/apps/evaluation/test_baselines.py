"""Baselines by hand: what is blended, and where a copied pixel comes from."""

import numpy as np
import pytest

from v2v_tf.apps.evaluation.baselines import copy_warp, flow_blend
from v2v_tf.errors import InputError
from v2v_tf.metrics.image import psnr, sharpness
from v2v_tf.metrics.temporal import warping_error
from v2v_tf.toy_street.street import ToyStreet


def grey(rows) -> np.ndarray:
    return np.repeat(np.array(rows, np.uint8)[..., None], 3, axis=-1)


def test_the_past_is_blended_in_where_the_flow_holds():
    frames = np.stack(
        [grey([[10, 20, 30]] * 2), grey([[100] * 3] * 2), grey([[0] * 3] * 2)]
    )
    flow = np.zeros((2, 2, 3, 2), np.float32)
    flow[0, ..., 0] = 1.0  # what is here now was one pixel to the right
    trusted = np.ones((2, 2, 3), bool)
    trusted[0, 1, 0] = False
    found = flow_blend(frames, flow, trusted, weight=0.25)
    np.testing.assert_array_equal(found[0], frames[0])
    # 75 + a quarter of 20, 30 and, clamped, 30.
    np.testing.assert_array_equal(found[1], grey([[80, 82, 82], [100, 82, 82]]))
    # A quarter of 80, 82.5, 82.5: states are not rounded (82 would give 20.5, so 20).
    np.testing.assert_array_equal(found[2], grey([[20, 21, 21], [25, 21, 21]]))


def test_no_weight_leaves_the_frames():
    frames = np.random.default_rng(0).integers(0, 256, (3, 4, 6, 3)).astype(np.uint8)
    flow = np.random.default_rng(1).normal(0, 2, (2, 4, 6, 2))
    trusted = np.ones((2, 4, 6), bool)
    np.testing.assert_array_equal(flow_blend(frames, flow, trusted, 0.0), frames)
    assert (flow_blend(frames, flow, trusted, 0.5) != frames).any()


def test_a_copy_follows_the_composed_flow():
    frame = grey([[10, 20, 40, 80], [11, 22, 44, 88], [13, 26, 52, 104]])
    flow = np.zeros((3, 3, 4, 2), np.float32)
    flow[0, ..., 0] = 1.0
    flow[1, ..., 1] = 1.0  # down: rows 1, 2 and, clamped, 2
    flow[2, ..., 0] = -3.0
    found = copy_warp(frame, flow)
    np.testing.assert_array_equal(found[0, 0, :, 0], [20, 40, 80, 80])
    np.testing.assert_array_equal(found[1, :, 0, 0], [22, 26, 26])
    # Three to the left, clamped to column 0, which came from column 1 of row 1.
    np.testing.assert_array_equal(found[2, 0, :, 0], [22, 22, 22, 22])
    np.testing.assert_array_equal(copy_warp(frame, flow[:0]).shape, (0, 3, 4, 3))


def test_a_copy_does_not_blur_with_time():
    frame = grey([[10, 90, 20, 80]] * 2)
    flow = np.zeros((2, 2, 4, 2), np.float32)
    flow[..., 0] = 0.5  # twice half a pixel is one, sampled once
    np.testing.assert_array_equal(copy_warp(frame, flow)[1, 0, :2, 0], [90, 20])


@pytest.fixture(scope="module")
def street():
    world = ToyStreet(5, (64, 128), 8)
    steps = [world.frame(t) for t in range(8)]
    return (
        np.stack([step.frame for step in steps]),
        np.stack([step.flow for step in steps[1:]]),
        np.stack([step.visible for step in steps[1:]]),
    )


def test_a_street_is_copied_better_than_it_stands_still(street):
    frames, flow, visible = street
    copied = copy_warp(frames[0], flow)
    still = np.repeat(frames[:1], 7, axis=0)
    assert psnr(copied, frames[1:]) > psnr(still, frames[1:]) + 2
    assert warping_error(copied, flow[1:], visible[1:]) < 0.02


def test_blending_calms_what_flickers(street):
    frames, flow, visible = street
    noise = np.random.default_rng(3).normal(0, 25, (8, 64, 128, 1))
    noisy = np.clip(frames + noise, 0, 255).astype(np.uint8)
    calm = flow_blend(noisy, flow, visible)
    before = warping_error(noisy, flow, visible)
    assert warping_error(calm, flow, visible) < 0.75 * before
    assert sharpness(calm) < sharpness(noisy)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": 1.0}, "--blend, .* below 1: 1.0"),
        ({"weight": -0.1}, "0 or more"),
        ({"weight": float("nan")}, "0 or more"),
        ({"flow": np.zeros((2, 4, 5, 2))}, r"flow: expected shape \[2, 4, 6, 2\]"),
        ({"trusted": np.full((2, 4, 6), 0.5)}, "zeros and ones"),
        ({"frames": np.zeros((3, 4, 6, 3))}, "expected a clip"),
    ],
)
def test_what_cannot_be_blended(change, words):
    given = {
        "frames": np.zeros((3, 4, 6, 3), np.uint8),
        "flow": np.zeros((2, 4, 6, 2)),
        "trusted": np.ones((2, 4, 6)),
    }
    with pytest.raises(InputError, match=words):
        flow_blend(**(given | change))


def test_what_cannot_be_copied():
    with pytest.raises(InputError, match="expected a clip"):
        copy_warp(np.zeros((4, 6)), np.zeros((1, 4, 6, 2)))
    with pytest.raises(InputError, match=r"flow: expected shape \[1, 4, 6, 2\]"):
        copy_warp(np.zeros((4, 6, 3), np.uint8), np.zeros((1, 4, 5, 2)))
