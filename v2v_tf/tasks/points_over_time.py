"""Fills and smooths points over time.

A clip is float64 [T, N, C]: T frames, N points, x and y in pixels first, then
whatever a task knows of a point besides. A missing point is NaN in all of C.
"""

from __future__ import annotations

import numpy as np

from v2v_tf.errors import InputError


def is_detected(points: np.ndarray) -> np.ndarray:
    """Returns which points of a clip [..., C] are not missing, bool [...]."""
    return np.isfinite(points).all(axis=-1)


def fill_gaps(points: np.ndarray, max_gap: int) -> np.ndarray:
    """Fills missing points from the frames around: on a line, held at the ends.

    Args:
        points: [T, N, C].
        max_gap: frames; a point that is missing longer stays missing for all of
            them, and so does one that is never detected.

    Returns:
        A new array of that shape.

    Raises:
        InputError: `max_gap` is below 1.
    """
    if max_gap < 1:
        raise InputError(f"--max-gap must be 1 frame or more, got {max_gap}")
    filled = points.copy()
    for index, detected in enumerate(is_detected(points).T):
        times = np.flatnonzero(detected)
        if not times.size:
            continue
        for gap in _gaps(detected):
            if len(gap) > max_gap:
                continue
            for channel in range(points.shape[-1]):
                values = points[times, index, channel]
                filled[gap, index, channel] = np.interp(gap, times, values)
    return filled


def smooth(points: np.ndarray, window: int) -> np.ndarray:
    """Replaces x and y by their median over a window centred on each frame.

    Near the ends the window shrinks on both sides alike, so that it never lags: the
    first and the last frame stay as they are.

    Args:
        points: [T, N, C]; missing points are left out of the others' medians, and
            stay missing.
        window: frames, odd; 1 for none.

    Returns:
        A new array of that shape.

    Raises:
        InputError: the window is even, or below 1.
    """
    check_window(window)
    smoothed = points.copy()
    last = len(points) - 1
    for time, detected in enumerate(is_detected(points)):
        reach = min(window // 2, time, last - time)
        around = points[time - reach : time + reach + 1, detected, :2]
        smoothed[time, detected, :2] = np.nanmedian(around, axis=0)
    return smoothed


def check_window(window: int) -> None:
    """Raises InputError for a window that is even, or below 1 frame."""
    if window < 1 or window % 2 == 0:
        raise InputError(f"--smooth must be an odd number of frames, got {window}")


def median(values: np.ndarray) -> np.ndarray:
    """Returns the median over the first axis without NaN; NaN where all are."""
    flat = values.reshape(len(values), -1)
    result = np.full(flat.shape[1], np.nan)
    known = np.isfinite(flat).any(axis=0)
    result[known] = np.nanmedian(flat[:, known], axis=0)
    return result.reshape(values.shape[1:])


def nearest_frames(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Finds for each frame the one of another clip that looks most alike.

    Args:
        points: [T, N, C].
        others: [S, N, C].

    Returns:
        int64 [T], 0 .. S - 1: the frame with the least mean distance between the
        points that both show; the first where none shows any of them.
    """
    detected = is_detected(others)
    nearest = np.zeros(len(points), np.int64)
    for time, frame in enumerate(points):
        distances = np.linalg.norm(others[..., :2] - frame[:, :2], axis=-1)
        shared = detected & is_detected(frame)
        total = np.where(shared, distances, 0.0).sum(axis=1)
        count = shared.sum(axis=1)
        mean = np.where(count > 0, total / np.maximum(count, 1), np.inf)
        nearest[time] = int(np.argmin(mean))
    return nearest


def _gaps(detected: np.ndarray) -> list[np.ndarray]:
    """Returns the runs of frames in which a point is missing."""
    missing = np.flatnonzero(~detected)
    if not missing.size:
        return []
    return np.split(missing, np.flatnonzero(np.diff(missing) > 1) + 1)
