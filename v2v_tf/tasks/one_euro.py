"""Smooths points by the 1 euro filter: still ones a lot, fast ones hardly.

Casiez, Roussel and Vogel, "1 euro filter: a simple speed-based low-pass filter for
noisy input in interactive systems", CHI 2012 (https://gery.casiez.net/1euro). A filter
of the past alone lags behind what moves. Clips are known to their end, so it runs both
ways in time, and the mean of both is taken.
"""

from __future__ import annotations

import numpy as np

from v2v_tf.tasks.points_over_time import is_detected

# Of what stands still, Hz.
_LEAST_CUTOFF = 3.0
# Hz more for a speed of the size of the whole, a second.
_BETA = 30.0
_CUTOFF_OF_SPEED = 1.0  # Hz


def one_euro(points: np.ndarray, fps: float) -> np.ndarray:
    """Smooths x and y of each point on its own.

    Args:
        points: [T, N, C]; missing points stay missing, and the filter begins anew after
            them.
        fps: frames per second, above 0.

    Returns:
        A new array of that shape.

    Example:
        ```python
        >>> import numpy as np
        >>> shaking = np.zeros([9, 2, 2])
        >>> shaking[:, 1] = 100.0
        >>> shaking[4] += 1.0
        >>> round(float(one_euro(shaking, 25.0)[4, 0, 0]), 2)
        0.53

        ```
    """
    size = _size(points)
    places = points[..., :2] / size
    detected = is_detected(points)
    forward = _filtered(places, detected, fps)
    backward = _filtered(places[::-1], detected[::-1], fps)[::-1]
    smoothed = points.copy()
    smoothed[..., :2] = np.where(
        detected[..., np.newaxis], (forward + backward) / 2 * size, points[..., :2]
    )
    return smoothed


def _size(points: np.ndarray) -> float:
    """Returns the usual longer side of the box around all points, pixels."""
    sides = [
        np.ptp(frame[seen, :2], axis=0).max()
        for frame, seen in zip(points, is_detected(points), strict=True)
        if seen.any()
    ]
    return max(float(np.median(sides)), 1.0) if sides else 1.0


def _filtered(places: np.ndarray, detected: np.ndarray, fps: float) -> np.ndarray:
    result = places.copy()
    speed = np.zeros(places.shape[1:])
    for time in range(1, len(places)):
        known = detected[time] & detected[time - 1]
        moved = (places[time] - places[time - 1]) * fps
        speed[~known] = 0.0
        share = _share(np.full_like(speed, _CUTOFF_OF_SPEED), fps)
        speed[known] += (share * (moved - speed))[known]
        share = _share(_LEAST_CUTOFF + _BETA * np.abs(speed), fps)
        mixed = result[time - 1] + share * (places[time] - result[time - 1])
        result[time, known] = mixed[known]
    return result


def _share(cutoff: np.ndarray, fps: float) -> np.ndarray:
    """Returns the share of a new value in a low-pass filter of first order."""
    return 1.0 / (1.0 + fps / (2 * np.pi * cutoff))
