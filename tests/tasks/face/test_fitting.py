"""Faces at another face's place, with numbers worked out by hand."""

import numpy as np
import pytest

from tests.apps.retargeting.skeletons import face
from v2v_tf.errors import InputError
from v2v_tf.tasks.face.fitting import PARTS, fit_faces, lay_on, median_face

JAW, MOUTH = list(range(17)), list(range(48, 68))


def _complex(points):
    return points[..., 0] + 1j * points[..., 1]


def _moved(points, factor, shift):
    moved = factor * _complex(points) + shift
    return np.stack([moved.real, moved.imag], axis=-1)


def _talking(num_frames=7):
    """A clip that nods, comes nearer, and opens its mouth in every third frame."""
    frames = []
    for time in range(num_frames):
        shape = face()
        if time % 3 == 2:
            shape[54:60, 1] += 6.0
        turn = np.exp(1j * 0.03 * (time - 3)) * (1 + 0.02 * (time - 3))
        frames.append(_moved(shape, turn, 120 + 4.0 * time + 80j))
    return np.stack(frames)


def test_parts_are_all_points_once():
    points = [i for sides in PARTS.values() for side in sides for i in side]
    assert sorted(points) == list(range(68))


def test_a_face_is_laid_on_another_by_turn_size_and_shift():
    shape = face()
    laid = lay_on(_complex(shape), _complex(_moved(shape, 2j, 5 - 7j)))
    assert laid.factor == pytest.approx(2j)
    assert laid.shift == pytest.approx(5 - 7j)
    assert laid.undo(laid.apply(3 + 4j)) == pytest.approx(3 + 4j)


def test_an_open_mouth_does_not_lay_a_face_elsewhere():
    shape, talking = face(), face()
    talking[MOUTH] += (0.0, 9.0)
    laid = lay_on(_complex(shape), _complex(talking))
    assert laid.factor == pytest.approx(1) and laid.shift == pytest.approx(0)


def test_the_median_face_is_without_motion_or_rare_expressions():
    shape = median_face(_complex(_talking()))
    laid = lay_on(_complex(face()), shape)
    np.testing.assert_allclose(laid.apply(_complex(face())), shape, atol=0.5)


@pytest.mark.parametrize("parts", [False, True])
def test_a_clip_fitted_to_itself_stays(parts):
    clip = _talking()
    fitted, scale = fit_faces(clip, clip, parts=parts)
    np.testing.assert_allclose(fitted, clip, atol=1e-6)
    assert scale == pytest.approx(1)


@pytest.mark.parametrize("parts", [False, True])
def test_the_size_and_place_of_the_source_do_not_matter(parts):
    source, reference = _talking(), _wider_mouth(_talking())
    once, scale = fit_faces(source, reference, parts=parts)
    moved = _moved(source, 2.0, 30 - 11j)
    again, half = fit_faces(moved, reference, parts=parts)
    np.testing.assert_allclose(again, once, atol=1e-6)
    assert half == pytest.approx(scale / 2)


def _wider_mouth(clip, factor=1.5):
    changed = clip.copy()
    centre = clip[:, MOUTH].mean(axis=1, keepdims=True)
    changed[:, MOUTH] = centre + factor * (clip[:, MOUTH] - centre)
    return changed


def test_globally_everything_moves_by_one_similarity():
    clip = _talking()
    fitted, scale = fit_faces(clip, _moved(clip, 1.5, -20 + 9j), parts=False)
    np.testing.assert_allclose(fitted, _moved(clip, 1.5, -20 + 9j), atol=1e-6)
    assert scale == pytest.approx(1.5)


def test_parts_take_the_reference_s_size_about_its_centres():
    still = np.stack([face()] * 3)
    fitted, scale = fit_faces(still, _wider_mouth(still), parts=True)
    np.testing.assert_allclose(fitted, _wider_mouth(still), atol=1e-9)
    assert scale == pytest.approx(1)
    whole, _ = fit_faces(still, _wider_mouth(still), parts=False)
    np.testing.assert_allclose(whole, still, atol=1e-9)


def test_a_jaw_is_fitted_in_width_and_height_apart():
    still = np.stack([face()] * 3)
    long_face = still.copy()
    centre = still[0, JAW].mean(axis=0)
    long_face[:, JAW] = centre + (0.9, 1.3) * (still[:, JAW] - centre)
    fitted, _ = fit_faces(still, long_face, parts=True)
    np.testing.assert_allclose(fitted, long_face, atol=1e-9)


def test_expressions_are_kept_in_the_size_of_their_part():
    neutral = np.stack([face()] * 5)
    source = neutral.copy()
    source[3, 57] += (2.0, 8.0)  # the lower lip, and nothing else
    source[4, 19] -= (0.0, 4.0)  # a brow
    fitted, _ = fit_faces(source, _wider_mouth(neutral), parts=True)
    change = fitted - _wider_mouth(neutral)
    np.testing.assert_allclose(change[3, 57], [3.0, 12.0], atol=1e-9)
    np.testing.assert_allclose(change[4, 19], [0.0, -4.0], atol=1e-9)
    change[3, 57] = change[4, 19] = 0
    np.testing.assert_allclose(change, 0, atol=1e-9)


def test_frames_without_a_face_stay_without():
    clip = _talking()
    clip[2] = np.nan
    clip[4, 60] = np.nan
    fitted, _ = fit_faces(clip, _wider_mouth(_talking()), parts=True)
    np.testing.assert_array_equal(np.isnan(fitted), np.isnan(clip))


def test_a_part_without_extent_is_moved_only():
    dot = np.stack([face()] * 3)
    dot[:, MOUTH] = dot[:, MOUTH].mean(axis=1, keepdims=True)
    fitted, _ = fit_faces(dot, np.stack([face()] * 3), parts=True)
    np.testing.assert_allclose(fitted, dot, atol=1e-9)


def test_a_face_without_features_is_refused():
    point = np.ones((2, 68, 2))
    with pytest.raises(InputError, match="two or more points of its nose"):
        fit_faces(point, np.stack([face()] * 2), parts=True)
