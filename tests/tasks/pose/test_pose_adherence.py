"""Correct points of bodies, by the size of the torso."""

import numpy as np
import pytest

from v2v_tf.tasks.pose import people
from v2v_tf.tasks.pose.adherence import (
    ADHERENCE,
    MIRROR,
    compare,
    correct_points,
    torso_size,
)
from v2v_tf.tasks.pose.openpose import read_openpose


@pytest.fixture
def real():
    """Eight points; from the shoulders to the other hips it is 50 and 70 pixels."""
    points = np.full((137, 3), np.nan)
    places = {
        **{0: (30, 0), 1: (25, 10), 2: (10, 10), 5: (52, 10)},
        **{9: (10, 66), 12: (40, 50), 4: (5, 70), 7: (80, 30)},
    }
    for index, place in places.items():
        points[index] = (*place, 0.9)
    return points


def test_points_near_by_are_correct(real):
    assert torso_size(real) == pytest.approx((50 + 70) / 2)
    found = real.copy()
    found[4, :2] += (3.6, 4.7)  # 5.92 pixels, below a tenth of 60
    found[7, :2] += (3.7, 4.8)  # 6.06
    found[0] = np.nan
    assert correct_points(found, real) == pytest.approx(6 / 8)
    assert compare(found, real) == {"pose_pck": 0.75}
    # More points than the real frame has do not count, nor do face and hands.
    found[10] = (0, 0, 1)
    found[30] = real[30] = (500, 500, 1)
    assert correct_points(found, real) == pytest.approx(6 / 8)


def test_a_missing_person_has_no_correct_point(real):
    assert compare(None, real) == {"pose_pck": 0.0}
    assert compare(real, None) == compare(None, None) == {}


def test_the_torso_is_what_is_seen_of_it(real):
    real[5] = np.nan
    assert torso_size(real) == pytest.approx(50)
    real[2], real[8] = np.nan, (25, 40, 0.5)
    assert torso_size(real) == pytest.approx(30)  # neck to the middle of the hips
    real[8] = np.nan
    assert torso_size(real) is None and compare(real, real) == {}


def test_the_mirror_swaps_sides():
    order = np.array(MIRROR)
    assert sorted(MIRROR) == list(range(137))
    assert (order[order] == np.arange(137)).all()
    pairs = {2: 5, 4: 7, 9: 12, 11: 14, 15: 16, 17: 18, 19: 22, 20: 23, 21: 24, 8: 8}
    assert {point: MIRROR[point] for point in pairs} == pairs
    assert MIRROR[25 + 36] == 25 + 45 and MIRROR[25 + 68] == 25 + 69
    assert (MIRROR[95], MIRROR[115]) == (116, 136)  # thumbs stay thumbs


def test_a_body_that_was_found_is_one_that_openpose_writes(reference):
    path = reference / "data/pose/train_openpose/clip/frame000100.json"
    openpose = read_openpose(path)
    (body,) = people.people_of(openpose, (1080, 1920), False)
    assert compare(body, body) == {"pose_pck": 1.0}
    again = ADHERENCE.mirror(ADHERENCE.mirror(body, 1920), 1920)
    np.testing.assert_allclose(again, body)
