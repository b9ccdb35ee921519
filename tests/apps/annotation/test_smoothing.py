"""How `--smooth` is read and done."""

import numpy as np
import pytest

from v2v_tf.apps.annotation.conditions import Pictures
from v2v_tf.apps.annotation.smoothing import Smoothing, parse_smoothing
from v2v_tf.errors import InputError
from v2v_tf.tasks.found_pictures import PictureFormat
from v2v_tf.tasks.one_euro import one_euro


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("off", Smoothing("median", 1)),
        ("1", Smoothing("median", 1)),
        ("5", Smoothing("median", 5)),
        ("one-euro", Smoothing("one-euro")),
    ],
)
def test_each_way_is_read_and_said(text, expected):
    smoothing = parse_smoothing(text)
    assert smoothing == expected
    assert parse_smoothing(str(smoothing)) == smoothing


@pytest.mark.parametrize("text", ["0", "2", "-3", "kalman", "3.5", ""])
def test_others_are_refused(text):
    with pytest.raises(InputError, match="expected off, an odd number of frames, or"):
        parse_smoothing(text)


def clip(noise, speed, frames=60):
    """Two points 100 pixels apart, that move and shake."""
    rng = np.random.default_rng(7)
    points = np.zeros([frames, 2, 2])
    points[:, 1, 0] = 100.0
    points += rng.normal(0, noise, points.shape)
    points[..., 0] += speed * np.arange(frames)[:, None]
    return points


def test_one_euro_holds_what_stands_still_and_follows_what_moves():
    still = clip(noise=0.4, speed=0.0)
    smoothed = one_euro(still, 25.0)
    assert (smoothed.std(axis=0) < 0.7 * still.std(axis=0)).all()
    moving = clip(noise=0.0, speed=4.0)
    # 100 pixels, the whole, a second: a filter of the past would lag by pixels.
    lag = moving[10:-10] - one_euro(moving, 25.0)[10:-10]
    assert np.abs(lag).max() < 0.2


def test_one_euro_leaves_missing_points_and_begins_anew_after_them():
    points = np.concatenate([clip(0.0, 0.0, 6), clip(0.0, 0.0, 6) + 30.0])
    points[5] = np.nan
    smoothed = one_euro(points, 25.0)
    assert np.isnan(smoothed[5]).all()
    np.testing.assert_allclose(smoothed[:5], points[:5])
    np.testing.assert_allclose(smoothed[6:], points[6:])
    nobody = np.full([4, 2, 2], np.nan)
    np.testing.assert_array_equal(one_euro(nobody, 25.0), nobody)


def test_pictures_have_a_median_or_none():
    masks = PictureFormat("mask", lambda mask: mask, smoothing=3, can_smooth=True)
    assert Pictures(masks, None).smoothing == Smoothing("median", 3)
    with pytest.raises(InputError, match="--smooth one-euro is for points"):
        Pictures(masks, Smoothing("one-euro"))
    labels = PictureFormat("A", lambda ids: ids)
    assert Pictures(labels, None).smoothing == Smoothing("median", 1)
    with pytest.raises(InputError, match="--smooth 5: the pictures of train_A have no"):
        Pictures(labels, Smoothing("median", 5))
