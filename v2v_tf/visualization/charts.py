"""Curves as the points of SVG polylines, computed here and drawn by the template."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

CHART_WIDTH = 280
CHART_HEIGHT = 90
_MAX_POINTS = CHART_WIDTH  # more than one a pixel cannot be seen


@dataclass(frozen=True)
class Chart:
    """Holds one curve, scaled to a box of `CHART_WIDTH` x `CHART_HEIGHT`, y downwards.

    Attributes:
        name: name of the quantity.
        segments: `x,y x,y ...`; a new segment begins after values that are not
            finite.
        low: value at the bottom of the box.
        high: value at its top.
        last: the last finite value; None where there is none.
        num_values: number of values before thinning.
        boundaries: x of the lines between stages.
    """

    name: str
    segments: tuple[str, ...]
    low: float
    high: float
    last: float | None
    num_values: int
    boundaries: tuple[float, ...] = ()


def chart(name: str, values: Sequence[float], boundaries: Sequence[int] = ()) -> Chart:
    """Scales a curve to a box; the box begins at 0 where that costs little.

    Curves of more values than the box has pixels are thinned to means of equal runs.

    Args:
        name: name of the quantity.
        values: values in order of steps; NaN and infinity leave gaps.
        boundaries: values before the first of each later stage; the line lies
            halfway between two values.
    """
    array = np.asarray(values, np.float64).reshape(-1)
    finite = array[np.isfinite(array)]
    last = float(finite[-1]) if finite.size else None
    thin = _thinned(array)
    shown = thin[np.isfinite(thin)]
    low, high = _bounds(shown)
    steps = np.linspace(0.0, CHART_WIDTH, len(thin)) if len(thin) > 1 else [0.0]
    segments: list[list[str]] = [[]]
    for x, value in zip(steps, thin, strict=False):
        if not math.isfinite(value):
            segments.append([])
            continue
        y = CHART_HEIGHT * (high - value) / (high - low)
        segments[-1].append(f"{x:.1f},{y:.1f}")
    # A lone point has no line: a dash of one pixel keeps it visible.
    drawn = (
        " ".join(points) if len(points) > 1 else f"{points[0]} {_nudged(points[0])}"
        for points in segments
        if points
    )
    lines = tuple(
        CHART_WIDTH * (first - 0.5) / (len(array) - 1)
        for first in boundaries
        if 0 < first < len(array)
    )
    return Chart(name, tuple(drawn), low, high, last, len(array), lines)


def _thinned(values: np.ndarray) -> np.ndarray:
    if len(values) <= _MAX_POINTS:
        return values
    return np.array([run.mean() for run in np.array_split(values, _MAX_POINTS)])


def _bounds(values: np.ndarray) -> tuple[float, float]:
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    if 0.0 < low < 0.5 * high:
        low = 0.0
    if high == low:
        margin = abs(high) / 2 or 1.0
        return low - margin, high + margin
    return low, high


def _nudged(point: str) -> str:
    x, y = point.split(",")
    return f"{float(x) + 1:.1f},{y}"
