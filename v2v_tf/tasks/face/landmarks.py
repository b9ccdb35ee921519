"""Files of 68 landmarks, and what landmarks must be like."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.face import curves
from v2v_tf.tasks.files import read_text


def read_landmarks(path: Path) -> np.ndarray:
    """Reads lines of numbers as float64 [lines, numbers of a line].

    How many there must be, and where, the task's conditioning knows.
    """
    lines = [line for line in read_text(path).splitlines() if line.strip()]
    try:
        return np.array([[float(v) for v in line.split(",")] for line in lines])
    except ValueError as error:
        raise InputError(f"{path}: expected lines `x,y`: {error}") from error


def check_landmarks(landmarks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns landmarks as float64 [68, 2].

    Args:
        landmarks: landmarks that a source gave.
        size: (height, width) of the image.

    Raises:
        InputError: not 68 finite (x, y) points, or points farther outside the image
            than it is wide or high.
    """
    try:
        points = np.asarray(landmarks, np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    expected = f"landmarks must be {curves.NUM_LANDMARKS} finite points (x, y)"
    if points.shape != (curves.NUM_LANDMARKS, 2):
        raise InputError(
            f"{expected}, got shape {list(np.shape(landmarks))}: use a 68-point "
            "predictor, one 'x,y' a line"
        )
    if not np.isfinite(points).all():
        worst = int(np.argmin(np.isfinite(points).all(axis=1)))
        raise InputError(
            f"{expected}, got {points[worst].tolist()} as point {worst}: drop the "
            "frame or repair it"
        )
    extent = np.array(size[::-1])
    far = ((points < -extent) | (points > 2 * extent)).any(axis=1)
    if far.any():
        worst = int(np.argmax(far))
        raise InputError(
            f"landmarks must lie near the image of {size[1]}x{size[0]}, got "
            f"{points[worst].tolist()} as point {worst}: give pixels of that image"
        )
    return points
