"""Files of 68 landmarks as people write them, and what landmarks must be like."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.face import curves
from v2v_tf.tasks.files import read_text
from v2v_tf.tasks.points import check_pixels

LANDMARK_SUFFIXES = frozenset({".txt", ".pts", ".csv", ".tsv"})
_SEPARATORS = re.compile(r"[\s,;]+")
_FORMATS = (
    f"expected {curves.NUM_LANDMARKS} landmarks, a line `x,y` each (or with spaces, "
    "tabs, a confidence after them, a header before, all in one line, or .pts)"
)


def read_landmarks(path: Path) -> np.ndarray | None:
    """Reads the landmarks of a face.

    A line holds a point: x, y and, where given, a confidence, parted by commas,
    semicolons, spaces or tabs. Lines of words before the numbers are a header. One line
    may hold all points. `.pts` files of iBUG count from 1 and are written as they are.

    Args:
        path: of the file.

    Returns:
        float64 [68, 2], pixels; None where the file says that there is no face: it is
        empty, or every number is 0, -1 or nan.

    Raises:
        InputError: the file holds something else, or other coordinates than pixels.
    """
    numbers = [_numbers(line) for line in _lines(path)]
    # A header may come first, and nothing but points after it.
    while numbers and numbers[0] is None:
        numbers.pop(0)
    rows = [row for row in numbers if row is not None]
    if len(rows) < len(numbers):
        raise InputError(f"{path}: {_FORMATS}, got a line that holds other words")
    if not rows:
        return None
    if len(rows) == 1:
        rows = _split(rows[0], path)
    widths = {len(row) for row in rows}
    if not widths <= {2, 3} or len(widths) > 1 or len(rows) != curves.NUM_LANDMARKS:
        lengths = " or ".join(map(str, sorted(widths)))
        raise InputError(
            f"{path}: {_FORMATS}, got {len(rows)} lines of {lengths} numbers: use a "
            "68-point predictor"
        )
    points = np.array(rows, np.float64)[:, :2]
    if not np.isfinite(points).any() or np.isin(points, (0.0, -1.0)).all():
        return None
    check_pixels(points, f"{path}: landmarks")
    return points


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
            "predictor, one 'x,y' a line",
            field="landmarks",
        )
    if not np.isfinite(points).all():
        worst = int(np.argmin(np.isfinite(points).all(axis=1)))
        raise InputError(
            f"{expected}, got {points[worst].tolist()} as point {worst}: drop the "
            "frame or repair it",
            field="landmarks",
        )
    extent = np.array(size[::-1])
    far = ((points < -extent) | (points > 2 * extent)).any(axis=1)
    if far.any():
        worst = int(np.argmax(far))
        raise InputError(
            f"landmarks must lie near the image of {size[1]}x{size[0]}, got "
            f"{points[worst].tolist()} as point {worst}: give pixels of that image",
            field="landmarks",
        )
    return points


def _lines(path: Path) -> list[str]:
    text = read_text(path)
    if path.suffix.lower() == ".pts":
        inner = re.search(r"\{(.*)\}", text, re.DOTALL)
        if inner is None:
            raise InputError(f"{path}: expected points between {{ and }}, as .pts has")
        text = inner[1]
    return [line.strip() for line in text.splitlines() if line.strip()]


def _numbers(line: str) -> list[float] | None:
    """Returns the numbers of a line; None where it holds anything else."""
    try:
        return [float(word) for word in _SEPARATORS.split(line.strip(",; \t"))]
    except ValueError:
        return None


def _split(row: list[float], path: Path) -> list[list[float]]:
    """Cuts the one line of a file into points."""
    for width in (2, 3):
        if len(row) == width * curves.NUM_LANDMARKS:
            return [row[i : i + width] for i in range(0, len(row), width)]
    raise InputError(f"{path}: {_FORMATS}, got one line of {len(row)} numbers")
