"""Rates of videos, and gaps and uneven steps in the times of their frames."""

from __future__ import annotations

from fractions import Fraction

import pytest

from v2v_tf.data.sources.video_times import (
    common_rate,
    late_frames,
    uneven_steps,
    usual_step,
)


def _times(*steps: float) -> list[float]:
    times = [0.2]
    for step in steps:
        times.append(times[-1] + step)
    return times


def test_frames_that_skip_a_beat_are_not_late():
    assert late_frames([0.0, 0.1, 0.2, 0.4, 0.5, 0.8]) == []
    assert late_frames([0.0, 0.1, 0.2, 0.56, 0.66]) == [3]
    assert late_frames([None, None]) == [] and late_frames([1.0]) == []


def test_one_frame_that_is_missing_is_seen_where_all_other_steps_are_alike():
    steady = [0.04] * 12
    assert late_frames(_times(*steady, 0.08, *steady)) == [13]
    assert late_frames(_times(*steady, 0.06, *steady)) == []
    # 60 frames a second in a container that rounds to milliseconds.
    assert late_frames(_times(*[0.017, 0.016, 0.017] * 9, 0.033, 0.016)) == [28]
    assert late_frames(_times(*steady, 0.08, 0.08, 0.08, 0.04)) == []
    # A camera that skips a beat now and then.
    assert late_frames(_times(*[*steady, 0.08] * 9)) == []


def test_a_rate_that_changes_is_uneven_and_a_gap_is_not():
    assert uneven_steps([0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.75, 2.25]) == (0.25, 0.5)
    assert uneven_steps(_times(*[0.25] * 6, 2.0, *[0.25] * 3)) is None
    assert uneven_steps(_times(*[0.033, 0.034] * 8)) is None
    assert uneven_steps([0.0, 0.3, 0.1, 0.4, 0.2, 0.5]) is None
    assert uneven_steps([None, 0.0, None]) is None
    assert usual_step([]) == 0.0 and usual_step([0.5, 0.75]) == 0.25


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2160000/90091", "24000/1001"),
        ("30000/1001", "30000/1001"),
        ("2997/50", "60000/1001"),
        ("24999/1000", "25"),
        ("35/2", "35/2"),
        ("1/3", "1/3"),
    ],
)
def test_a_rate_that_is_a_hair_off_becomes_the_common_one(told, meant):
    assert common_rate(Fraction(told)) == Fraction(meant)
