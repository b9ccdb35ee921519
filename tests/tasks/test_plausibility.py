"""Counting conditions that show nothing, and points outside of the picture."""

import numpy as np
import pytest

from v2v_tf.config import load_config
from v2v_tf.tasks.base import DrawnFrame, RawFrame
from v2v_tf.tasks.face.points import FacePoints
from v2v_tf.tasks.plausibility import DrawnShare, PointShare, empty_rule, outside_rule


def _drawn(pixels: int) -> DrawnFrame:
    planes = np.zeros((50, 100, 1), np.uint8)
    planes.reshape(-1)[:pixels] = 255
    return DrawnFrame(None, planes)


def test_frames_of_less_than_a_two_thousandth_are_empty():
    # 5000 pixels: two are less, three are more.
    share = DrawnShare(lambda drawn: drawn.planes[..., 0] > 0)
    assert share.scalars() == {}
    for pixels in (0, 2, 3, 400, 5000):
        share.add(_drawn(pixels))
    assert share.scalars() == {"empty_conditions": pytest.approx(2 / 5)}


def test_points_on_the_border_are_inside_and_missing_ones_are_nowhere():
    share = PointShare(
        lambda drawn: drawn.planes[..., 0] > 0,
        FacePoints(),
        load_config("test/face_512"),
    )
    points = np.full((68, 2), np.nan)
    points[:5] = [(0, 0), (99.5, 49.9), (100, 20), (30, 50), (-0.1, 7)]
    share.add_source(RawFrame(landmarks=points), (50, 100))
    share.add_source(RawFrame(), (50, 100))
    # The farthest is the third, at the right border: 100 of 100.
    assert share.scalars() == {
        "points_outside": pytest.approx(3 / 5),
        "points_reach": pytest.approx(1.0),
    }


def test_half_is_too_much():
    for rule in (empty_rule("look"), outside_rule()):
        assert rule.holds(0.49) and not rule.holds(0.5)
    assert empty_rule("look").reason.endswith(": look")
