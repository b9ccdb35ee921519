"""Points over time, with numbers worked out by hand."""

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.tasks.points_over_time import fill_gaps, median, nearest_frames, smooth

NAN = float("nan")


def _track(*values):
    """A clip of one point: x as given, y three times as far, confidence a tenth."""
    x = np.array(values, float)
    return np.stack([x, 3 * x, x / 10], axis=-1)[:, np.newaxis]


def test_gaps_are_filled_on_a_line_and_held_at_the_ends():
    track = _track(NAN, 4, NAN, NAN, 10, NAN, NAN)
    expected = _track(4, 4, 6, 8, 10, 10, 10)
    np.testing.assert_allclose(fill_gaps(track, 2), expected)
    assert np.isnan(track).sum() == 5 * 3  # the clip itself stays as it was


def test_a_longer_gap_stays_missing_whole():
    track = _track(NAN, 4, NAN, NAN, 10, NAN, 11)
    expected = _track(4, 4, NAN, NAN, 10, 10.5, 11)
    np.testing.assert_allclose(fill_gaps(track, 1), expected)


def test_what_is_never_seen_is_not_invented():
    assert np.isnan(fill_gaps(_track(NAN, NAN), 9)).all()


def test_points_are_filled_each_by_itself():
    both = np.concatenate([_track(1, NAN, 5), _track(NAN, 2, 2)], axis=1)
    filled = fill_gaps(both, 5)
    np.testing.assert_allclose(filled[:, 0], _track(1, 3, 5)[:, 0])
    np.testing.assert_allclose(filled[:, 1], _track(2, 2, 2)[:, 0])


def test_the_median_over_time_shrinks_at_the_ends_and_keeps_confidence():
    track = _track(9, 1, 50, 3, 4, 100)
    smoothed = smooth(track, 5)
    # Windows: 9 | 9 1 50 | 9 1 50 3 4 | 1 50 3 4 100 | 3 4 100 | 100
    np.testing.assert_allclose(smoothed[:, 0, 0], [9, 9, 4, 4, 4, 100])
    np.testing.assert_allclose(smoothed[:, 0, 1], [27, 27, 12, 12, 12, 300])
    np.testing.assert_allclose(smoothed[:, 0, 2], track[:, 0, 2])


def test_missing_points_count_in_no_median_and_stay_missing():
    smoothed = smooth(_track(8, NAN, 2, 7, NAN), 3)
    # Windows: 8 | - | 2 7 | 2 7 | -
    np.testing.assert_allclose(smoothed[:, 0, 0], [8, NAN, 4.5, 4.5, NAN])


def test_a_window_of_one_changes_nothing():
    track = _track(3, NAN, 8, 1)
    np.testing.assert_array_equal(smooth(track, 1), track)


@pytest.mark.parametrize("window", [0, -1, 4])
def test_a_window_has_a_middle(window):
    with pytest.raises(InputError, match=f"odd number of frames, got {window}"):
        smooth(_track(1, 2), window)


def test_a_gap_has_a_length():
    with pytest.raises(InputError, match="--max-gap must be 1 frame or more, got 0"):
        fill_gaps(_track(1, 2), 0)


def test_the_median_leaves_missing_values_out():
    values = np.array([[1.0, NAN, 5.0], [7.0, NAN, NAN], [2.0, NAN, 8.0]])
    np.testing.assert_allclose(median(values), [2.0, NAN, 6.5])


def test_the_nearest_frame_is_that_of_the_points_that_both_show():
    clip = np.array([[[10.0, 0.0], [NAN, NAN]], [[50.0, 0.0], [70.0, 0.0]]])
    others = np.array(
        [
            [[58.0, 0.0], [71.0, 0.0]],  # mean distance 4.5 of the second frame
            [[51.0, 0.0], [77.0, 0.0]],  # 4 of it
            [[12.0, 0.0], [900.0, 0.0]],
        ]
    )
    assert nearest_frames(clip, others).tolist() == [2, 1]


def test_without_shared_points_the_first_frame_is_shown():
    alone = np.array([[[1.0, 2.0], [NAN, NAN]]])
    others = np.array([[[NAN, NAN], [1.0, 2.0]], [[NAN, NAN], [1.0, 3.0]]])
    assert nearest_frames(alone, others).tolist() == [0]
