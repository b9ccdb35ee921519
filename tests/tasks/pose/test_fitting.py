"""Skeletons at another person's place, with numbers worked out by hand."""

import numpy as np
import pytest

from tests.apps.retargeting.skeletons import hide, standing, walk
from v2v_tf.errors import InputError
from v2v_tf.tasks.pose.fitting import bone_lengths, fit_limbs, limb_ratios, place
from v2v_tf.tasks.pose.people import BODY, FACE, HANDS

NECK, HIPS, NOSE = 1, 8, 0


def _fit(source, reference):
    return fit_limbs(source, reference, place(source, reference))


def _moved(clip, size, shift):
    changed = clip.copy()
    changed[..., :2] = size * clip[..., :2] + shift
    return changed


def _assert_same(clip, expected, tolerance=1e-9):
    np.testing.assert_allclose(clip, expected, atol=tolerance, rtol=0)


def test_one_scale_and_one_shift_put_the_feet_on_the_ground():
    # 60 + 70 + 68 + 72 + 74 = 344 long, ankles at y 202, the hips below the neck.
    source = walk(3, at=(100.0, 40.0))
    reference = walk(4, size=1.5, at=(500.0, 300.0))
    placement = place(source, reference)
    assert placement.anchor == "feet"
    assert placement.scale == pytest.approx(1.5)
    # The middle of the way is 7 pixels on, of the reference 1.5 * 7 * 1.5.
    np.testing.assert_allclose(placement.origin, [107.0, 242.0])
    np.testing.assert_allclose(placement.to, [515.75, 603.0])
    placed = placement.apply(source)
    # The neck: 515.75 + 1.5 * (100 - 107), 603 + 1.5 * (40 - 242); steps of 10.5.
    np.testing.assert_allclose(placed[0, NECK], [505.25, 300.0, 0.9])
    np.testing.assert_allclose(placed[2, NECK, :2] - placed[1, NECK, :2], [10.5, 0])


@pytest.mark.parametrize("fit", [_fit, lambda s, r: place(s, r).apply(s)])
def test_a_clip_fitted_to_itself_stays(fit):
    clip = hide(hide(walk(6), [1, 2], 10), [3], NECK)
    _assert_same(fit(clip, clip), clip)


@pytest.mark.parametrize("fit", [_fit, lambda s, r: place(s, r).apply(s)])
def test_the_size_and_place_of_the_source_do_not_matter(fit):
    source = hide(walk(5), [2], 3)
    reference = _with_longer_legs(walk(4, size=0.8))
    once = fit(source, reference)
    _assert_same(fit(_moved(source, 2.0, (70.0, -15.0)), reference), once)


def _with_longer_legs(clip):
    """Thighs half as long again, the rest of the leg as it was."""
    changed = clip.copy()
    for hip, below in ((9, (10, 11, 22, 23, 24)), (12, (13, 14, 19, 20, 21))):
        step = (clip[:, below[0], :2] - clip[:, hip, :2]) / 2
        changed[:, below, :2] += step[:, np.newaxis]
    return changed


def test_every_bone_takes_the_reference_s_length_and_keeps_its_direction():
    source, reference = walk(5), _with_longer_legs(walk(3, size=2.0))
    fitted = _fit(source, reference)
    bones = bone_lengths(reference)
    assert {(8, 9), (9, 10), (1, 0)} <= set(bones)
    for parent, child in bones:
        wanted, length = (
            np.median(np.hypot(*(clip[:, child, :2] - clip[:, parent, :2]).T))
            for clip in (reference, fitted)
        )
        assert length == pytest.approx(wanted), (parent, child)
        before = source[:, child, :2] - source[:, parent, :2]
        after = fitted[:, child, :2] - fitted[:, parent, :2]
        cross = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
        np.testing.assert_allclose(cross, 0, atol=1e-6)
        assert ((before * after).sum(axis=-1) > 0).all()
    # Twice the thighs of 70 and 68, half as long again: the hips rise, the ankle stays.
    lowest = np.median(fitted[:, [11, 14], 1].max(axis=1))
    assert lowest == pytest.approx(np.median(reference[:, [11, 14], 1].max(axis=1)))


def test_ratios_are_summed_over_left_and_right():
    source, reference = walk(3), walk(3)
    # Right forearm 26 to 39, left stays 26: (39 + 26) / (26 + 26).
    arm = reference[:, 4, :2] - reference[:, 3, :2]
    reference[:, 4, :2] += arm / 2
    ratios = limb_ratios(source, reference, scale=7.0)
    assert ratios[3, 4] == ratios[6, 7] == pytest.approx(1.25)
    assert ratios[2, 3] == pytest.approx(1.0)
    # Never shown by the reference: the whole clip's scale.
    ratios = limb_ratios(source, hide(reference, slice(None), HIPS), scale=7.0)
    assert ratios[1, 8] == ratios[8, 9] == 7.0


def test_a_short_bone_of_a_frame_stays_short():
    source = walk(5)
    source[2, 6, :2] = source[2, 5, :2] + (0.0, 12.0)  # of 30: the arm points at us
    fitted = _fit(source, walk(5, size=2.0))
    assert np.linalg.norm(fitted[2, 6] - fitted[2, 5]) == pytest.approx(24.0)


def test_a_joint_hangs_on_the_next_one_where_its_parent_is_missing():
    source, reference = walk(5), walk(5)
    # Forearms are 1.5 times as long (both), upper arms 1.0: without an elbow 1.25.
    for elbow, wrist in ((3, 4), (6, 7)):
        reference[:, wrist, :2] += (
            reference[:, wrist, :2] - reference[:, elbow, :2]
        ) / 2
    source = hide(source, [2], 6)
    fitted = _fit(source, reference)
    # From the shoulder at (18, 0) the wrist is at (0, 56): 70 where it is 56 * 1.25.
    np.testing.assert_allclose(fitted[2, 7, :2] - fitted[2, 5, :2], [0, 70])
    np.testing.assert_allclose(fitted[1, 7, :2] - fitted[1, 6, :2], [0, 39])
    assert np.isnan(fitted[2, 6]).all()


def test_without_a_neck_a_frame_is_placed_as_the_clip_is():
    source, reference = hide(walk(5), [2], NECK), walk(5, size=1.5)
    fitted = _fit(source, reference)
    placed = place(source, reference).apply(source)
    np.testing.assert_allclose(fitted[2, HIPS], placed[2, HIPS])
    assert np.isnan(fitted[2, NECK]).all()


def test_hands_follow_their_wrist_and_the_face_follows_the_nose():
    source, reference = walk(4), walk(4, size=1.5)
    nose = reference[:, [NOSE], :2]
    head = [15, 16, 17, 18]
    # A head 1.4 times as large again: 1.5 * 1.4 = 2.1.
    reference[:, head, :2] = nose + 1.4 * (reference[:, head, :2] - nose)
    fitted = _fit(source, reference)
    steps = fitted[:, FACE, :2] - fitted[:, [NOSE], :2]
    before = source[:, FACE, :2] - source[:, [NOSE], :2]
    np.testing.assert_allclose(steps, 2.1 * before, atol=1e-9)
    for wrist, hand in ((7, HANDS[0]), (4, HANDS[1])):
        steps = fitted[:, hand, :2] - fitted[:, [wrist], :2]
        before = source[:, hand, :2] - source[:, [wrist], :2]
        np.testing.assert_allclose(steps, 1.5 * before, atol=1e-9)


def test_clips_without_feet_are_placed_by_the_hips_or_the_neck():
    source, reference = walk(4), walk(3, size=2.0, at=(300.0, 90.0))
    for point in (11, 14):
        reference = hide(reference, [0, 1], point)  # two of three frames
    assert place(source, reference).anchor == "hips"
    source = hide(source, [0, 1, 2], HIPS)
    placement = place(source, reference)
    assert placement.anchor == "neck"
    np.testing.assert_allclose(placement.to, [300.0 + 14.0, 90.0])


def test_busts_are_compared_by_their_shoulders_and_arms():
    source, reference = walk(3), walk(3, size=1.25)
    for point in range(8, 15):
        source = hide(source, slice(None), point)
    placement = place(source, reference)
    assert placement.scale == pytest.approx(1.25)
    assert placement.anchor == "neck"


def test_one_wrong_frame_moves_nothing():
    source, reference = walk(5), walk(5, size=1.5)
    wrong = source.copy()
    wrong[3, BODY, :2] *= 3.0
    right, disturbed = place(source, reference), place(wrong, reference)
    assert disturbed.scale == pytest.approx(right.scale)
    # The middle of the five places is another one of them at the worst.
    assert np.abs(disturbed.origin - right.origin).max() <= 7.0


def test_clips_with_nothing_in_common_are_refused():
    legs, arms = standing()[np.newaxis], standing()[np.newaxis]
    for point in (1, 2, 5, 3, 6):
        legs = hide(legs, [0], point)
    for point in (8, 10, 13):
        arms = hide(arms, [0], point)
    with pytest.raises(InputError, match="must both show a trunk, a leg or an arm"):
        place(legs, arms)
    no_hips = hide(hide(walk(2), slice(None), 8), slice(None), 1)
    with pytest.raises(InputError, match="must both show the neck or the hips"):
        place(no_hips, walk(2))
