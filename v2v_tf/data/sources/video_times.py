"""Times of a video's frames: its rate, and where frames are missing between others."""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Sequence as ListOf
from fractions import Fraction

# A frame that comes later than this many usual steps after the last one has a gap
# before it. Cameras of variable rate skip a frame or two; where nearly all steps are
# alike, one that is skipped is missing.
_GAP_STEPS = 3.5
_STEADY_GAP_STEPS = 1.75
_UNSTEADY_SHARE = 0.05
_LEAST_STEADY = 8
# Steps that are alike differ by the rounding of times, to milliseconds in Matroska.
_SAME_STEP = 0.1
_ROUNDING = 0.0015
# Steps so far from the usual one are another rate; more of them than chance has.
_OTHER_STEP = 0.25
_OTHER_SHARE = 0.1
_LEAST_UNEVEN = 4
# Files tell their rate by counts of ticks, which come out a little off.
_SNAP = Fraction(2, 10000)
_FILM_RATES = tuple(Fraction(1000 * n, 1001) for n in (24, 30, 48, 60, 120))


def late_frames(times: ListOf[float | None]) -> list[int]:
    """Returns the frames that others are missing before, by their times.

    Args:
        times: seconds at which frames are shown; None where unknown.

    Example:
        ```python
        >>> late_frames([0.0, 0.1, 0.2, 0.9, 1.0])
        [3]

        ```
    """
    steps = _steps(times)
    usual = usual_step(times)
    allowed = max(_SAME_STEP * usual, _ROUNDING)
    others = sum(abs(step - usual) > allowed for step in steps.values())
    most = 1 + _UNSTEADY_SHARE * len(steps)
    is_steady = len(steps) >= _LEAST_STEADY and others <= most
    limit = _STEADY_GAP_STEPS if is_steady else _GAP_STEPS
    return [index for index, step in steps.items() if step > limit * usual > 0]


def usual_step(times: ListOf[float | None]) -> float:
    """Returns the seconds from one frame to the next, as a rule; 0 where unknown."""
    steps = _steps(times)
    return statistics.median(steps.values()) if steps else 0.0


def uneven_steps(times: ListOf[float | None]) -> tuple[float, float] | None:
    """Returns the shortest and longest step of a variable rate; None for a steady one.

    Args:
        times: as of `late_frames`; the gaps that it finds are no steps.

    Example:
        ```python
        >>> uneven_steps([0.0, 0.5, 1.0, 2.0, 3.0, 4.0])
        (0.5, 1.0)

        ```
    """
    late = set(late_frames(times))
    steps = [step for index, step in _steps(times).items() if index not in late]
    # Times that run back are wrong, and say nothing of the rate.
    if len(steps) < _LEAST_UNEVEN or min(steps) <= 0:
        return None
    usual = statistics.median(steps)
    allowed = max(_OTHER_STEP * usual, _ROUNDING)
    others = sum(abs(step - usual) > allowed for step in steps)
    return (min(steps), max(steps)) if others > _OTHER_SHARE * len(steps) else None


def common_rate(rate: Fraction) -> Fraction:
    """Returns the rate that was meant by one that is a hair off.

    Example:
        ```python
        >>> from fractions import Fraction
        >>> common_rate(Fraction(2160000, 90091)), common_rate(Fraction(35, 2))
        (Fraction(24000, 1001), Fraction(35, 2))

        ```
    """
    whole = Fraction(max(round(rate), 1))
    nearest = min((whole, *_FILM_RATES), key=lambda one: abs(one - rate))
    return nearest if abs(nearest - rate) <= _SNAP * nearest else rate


def _steps(times: ListOf[float | None]) -> dict[int, float]:
    """Maps each frame to the seconds since the one before, where both are known."""
    return {
        index: after - before
        for index, (before, after) in enumerate(itertools.pairwise(times), 1)
        if before is not None and after is not None
    }
