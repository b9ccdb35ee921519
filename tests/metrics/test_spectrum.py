"""The grid in frames: patterns whose spectrum is known."""

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics.spectrum import grid, grid_peak, grid_peak_per_frame, grid_per_frame


def frame(values):
    return np.repeat(np.rint(values).astype(np.uint8)[None, ..., None], 3, axis=-1)


def waves(height, width, down, across, amplitude=40.0):
    """A wave of so many periods down and across."""
    rows, columns = np.indices([height, width])
    phase = 2 * np.pi * (down * rows / height + across * columns / width)
    return 128 + amplitude * np.cos(phase + 0.3)


@pytest.mark.parametrize(
    ("down", "across", "expected"),
    [
        (0, 48, 1.0),  # columns that repeat every 2 pixels of 96
        (0, 24, 1.0),  # every 4
        (16, 0, 1.0),  # rows, every 4 of 64
        (32, 24, 1.0),  # both
        (0, 12, 0.0),  # every 8
        (5, 9, 0.0),
        (0, 1, 0.0),  # across the whole frame
    ],
)
def test_a_wave_counts_where_its_period_is_2_or_4(down, across, expected):
    share = grid(frame(waves(64, 96, down, across)))
    assert share == pytest.approx(expected, abs=0.02)


def test_the_share_is_that_of_the_energy():
    # 30 of 30^2 + 40^2, plus rounding to integers.
    both = waves(64, 96, 0, 24, 30.0) + waves(64, 96, 5, 9, 40.0) - 128
    assert grid(frame(both)) == pytest.approx(900 / 2500, abs=0.005)


def test_each_frame_has_its_own_and_a_flat_one_has_none():
    clip = np.concatenate([frame(waves(64, 96, 0, 24)), frame(np.full([64, 96], 77.0))])
    assert grid_per_frame(clip).round(2).tolist() == [1.0, 0.0]


def test_noise_has_the_share_of_its_bins():
    noise = np.random.default_rng(5).normal(128, 20, [64, 96])
    # 15 of 16 places, 3x3 bins each, of all bins but those of the mean.
    expected = 15 * 9 / (64 * 96 - 9)
    assert grid(frame(noise)) == pytest.approx(expected, rel=0.3)


def test_what_is_left_of_odd_sides_is_not_looked_at():
    whole = waves(64, 96, 0, 24)
    odd = np.pad(whole, [(0, 3), (0, 1)], constant_values=0)
    assert grid(frame(odd)) == grid(frame(whole))


def test_small_frames_have_none_and_others_are_refused():
    assert np.isnan(grid(np.zeros([2, 31, 64, 3], np.uint8)))
    with pytest.raises(InputError, match="frames"):
        grid(np.zeros([2, 64, 64], np.uint8))


def test_a_peak_is_the_energy_on_the_lattice_by_that_around_it():
    noise = np.random.default_rng(5).normal(128, 20, [8, 64, 96])
    assert np.mean([grid_peak(frame(one)) for one in noise]) == pytest.approx(
        1, rel=0.1
    )
    for down, across, stands_out in ((0, 48, True), (32, 24, True), (5, 9, False)):
        wave = waves(64, 96, down, across, 8.0) - 128
        found = grid_peak(frame(noise[0] + wave))
        assert (found > 1.8) == stands_out, (down, across, found)


def test_what_is_large_and_smooth_lowers_the_share_and_not_the_peak():
    fine = np.random.default_rng(6).normal(0, 6, [64, 96])
    fine += waves(64, 96, 0, 24, 5.0) - 128
    alone = frame(128 + fine)
    beside = frame(waves(64, 96, 1, 2, 90.0) + fine)
    assert grid(beside) < 0.05 * grid(alone)
    assert grid_peak(beside) == pytest.approx(grid_peak(alone), rel=0.05)
    assert grid_peak(alone) > 2


def test_flat_frames_and_small_ones_have_no_peak():
    clip = np.concatenate([frame(waves(64, 96, 0, 24)), frame(np.full([64, 96], 77.0))])
    peaks = grid_peak_per_frame(clip)
    assert peaks[0] > 10 and np.isnan(peaks[1]) and grid_peak(clip) == peaks[0]
    assert np.isnan(grid_peak(np.zeros([2, 31, 64, 3], np.uint8)))
