"""Errors of landmarks, and faces that are missing."""

import numpy as np
import pytest

from v2v_tf.tasks.face.adherence import ADHERENCE, MIRROR, compare, landmark_error
from v2v_tf.tasks.face.landmarks import read_landmarks


@pytest.fixture
def real():
    points = np.random.default_rng(4).uniform(20, 90, (68, 2))
    points[36], points[45] = (30.0, 40.0), (46.0, 52.0)  # 20 pixels apart
    return points


def test_the_error_is_the_mean_distance_by_that_of_the_eyes(real):
    found = real.copy()
    found[:17] += (3.0, -4.0)  # 17 landmarks 5 pixels off
    found[60] += (0.0, 17.0)
    assert landmark_error(found, real) == pytest.approx((17 * 5 + 17) / 68 / 20)
    # The eyes are those of the real face.
    assert landmark_error(2 * real, real) != landmark_error(real, 2 * real)


def test_missing_landmarks_are_left_out(real):
    found = real + (2.0, 0.0)
    found[10] = np.nan
    assert landmark_error(found, real) == pytest.approx(0.1)
    assert landmark_error(np.full_like(real, np.nan), real) is None
    assert landmark_error(found, np.ones_like(real)) is None


def test_a_missing_face_is_said(real):
    assert compare(real + (0.0, 4.0), real) == {
        "landmark_error": pytest.approx(0.2),
        "faces_found": 1.0,
    }
    assert compare(None, real) == {"faces_found": 0.0}
    assert compare(np.full_like(real, np.nan), real) == {"faces_found": 0.0}
    assert compare(real, None) == compare(None, None) == {}


def test_the_mirror_is_its_own_inverse():
    order = np.array(MIRROR)
    assert sorted(MIRROR) == list(range(70))
    assert (order[order] == np.arange(70)).all()
    # Corners of mouth and eyes, tip of the chin.
    assert [MIRROR[i] for i in (48, 36, 39, 8, 33)] == [54, 45, 42, 8, 33]


def test_a_mirrored_face_is_nearly_itself(reference):
    path = reference / "data/face/train_keypoints/clip/00000.txt"
    face = read_landmarks(path)
    width = 2 * int(face[27:31, 0].mean()) + 1  # mirrored about its nose
    again = ADHERENCE.mirror(face, width)
    # Any other order takes landmarks farther away than a head is turned.
    assert landmark_error(again, face) < 0.3
    assert landmark_error(again[list(MIRROR[:68])], face) > 0.6


def test_irises_are_mirrored_and_not_counted(real):
    with_irises = np.concatenate([real, [(35.0, 41.0), (44.0, 47.0)]])
    elsewhere = with_irises + (2.0, 0.0)
    elsewhere[68:] += 50
    assert landmark_error(elsewhere, with_irises) == pytest.approx(0.1)
    again = ADHERENCE.mirror(with_irises, 101)
    np.testing.assert_allclose(again[68:], [(56.0, 47.0), (65.0, 41.0)])
    assert again.shape == (70, 2) and ADHERENCE.mirror(real, 101).shape == (68, 2)
