"""BODY_25 among the 33 points of MediaPipe's body."""

import numpy as np

from v2v_tf.tasks.pose.blazepose import DERIVED, MISSING, POINTS, to_body_25


def test_every_point_is_its_own_derived_or_missing():
    assert sorted([*POINTS, *DERIVED, *MISSING]) == list(range(25))
    assert len(set(POINTS.values())) == len(POINTS)


def test_right_stays_right():
    body = np.arange(33 * 3, dtype=float).reshape(33, 3)
    points = to_body_25(body)
    # The right wrist, the left knee, the right ear, the left heel.
    for ours, theirs in ((4, 16), (13, 25), (17, 8), (21, 29)):
        np.testing.assert_array_equal(points[ours], body[theirs])
    assert not points[list(MISSING)].any()


def test_neck_and_hips_lie_between_and_are_as_sure_as_the_less_sure():
    body = np.zeros((33, 3))
    body[11], body[12] = (50, 10, 0.4), (30, 16, 0.8)
    body[23], body[24] = (46, 60, 0.9), (36, 62, 0.5)
    points = to_body_25(body)
    assert points[1].tolist() == [40, 13, 0.4]
    assert points[8].tolist() == [41, 61, 0.5]
