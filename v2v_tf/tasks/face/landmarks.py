"""Files of 68 landmarks as people write them, and what landmarks must be like."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.face import columns, curves
from v2v_tf.tasks.face.irises import NUM_WITH_IRISES
from v2v_tf.tasks.files import read_text
from v2v_tf.tasks.points import check_pixels

LANDMARK_SUFFIXES = frozenset({".txt", ".pts", ".csv", ".tsv"})
_SEPARATORS = re.compile(r"[\s,;]+")
_BRACKETS = str.maketrans("()[]", "    ")  # as Python prints points
_COUNTS = (curves.NUM_LANDMARKS, NUM_WITH_IRISES)
_NOT_FOUND = (0.0, -1.0)  # both coordinates of points that were not found
_FORMATS = (
    f"expected {curves.NUM_LANDMARKS} landmarks, a line `x,y` each (or with spaces, "
    "tabs, a confidence after them, a header before, all in one line, or .pts)"
)


def read_landmarks(path: Path) -> np.ndarray | None:
    """Reads the landmarks of a face.

    A line holds a point: x, y and, where given, a confidence, parted by commas,
    semicolons, spaces or tabs, in brackets or not. A first column that counts the
    points is left out. Lines of words before the numbers are a header; where it names
    the columns, their order is the header's. One line may hold all points, as that of
    OpenFace (`x_0` .. `y_67`). `.pts` files of iBUG count from 1 and are written as
    they are.

    Args:
        path: path of the file.

    Returns:
        float64 [68, 2], or [70, 2] with the irises, pixels; None where the file says
        that there is no face: it is empty, every number is 0, -1 or nan, every
        confidence is 0, or all points are one.

    Raises:
        InputError: the file holds something else, other coordinates than pixels, or a
            face of which a part was not found.
    """
    lines = _lines(path)
    numbers = [_numbers(line) for line in lines]
    # A header may come first, and nothing but points after it.
    start = next((i for i, row in enumerate(numbers) if row is not None), len(lines))
    headers = [_words(line) for line in lines[:start]]
    named = [header for header in headers if columns.names_points(header)]
    rows = [row for row in numbers[start:] if row is not None]
    if len(rows) < len(lines) - start or (lines and not rows and not named):
        raise InputError(f"{path}: {_FORMATS}, got a line that holds other words")
    if not rows:
        return None
    try:
        read = _landmarks(rows, (named or headers or [[]])[-1])
        return _found(read, f"{path}: landmarks")
    except InputError as error:
        said = str(error)
        raise error if str(path) in said else InputError(f"{path}: {said}") from error


def check_landmarks(
    landmarks: np.ndarray, size: tuple[int, int], irises: bool = False
) -> np.ndarray:
    """Returns landmarks as float64 [68, 2].

    Args:
        landmarks: landmarks that a source gave.
        size: (height, width) of the image.
        irises: two more are needed, which are returned too; else they are left out.

    Raises:
        InputError: not 68 finite (x, y) points, or points farther outside the image
            than it is wide or high.
    """
    try:
        points = np.asarray(landmarks, np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    expected = f"landmarks must be {curves.NUM_LANDMARKS} finite points (x, y)"
    if irises and points.shape == (curves.NUM_LANDMARKS, 2):
        raise InputError(
            f"landmarks must be {NUM_WITH_IRISES} points with the irises "
            f"(conditioning.face.irises), got {curves.NUM_LANDMARKS}: annotate with "
            "--set conditioning.face.irises=true, or set it to false",
            field="landmarks",
        )
    if points.shape == (NUM_WITH_IRISES, 2) and not irises:
        points = points[: curves.NUM_LANDMARKS]
    count = NUM_WITH_IRISES if irises else curves.NUM_LANDMARKS
    if points.shape != (count, 2):
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
    _check_parts(points, "landmarks", field="landmarks")
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


def _words(line: str) -> list[str]:
    return _SEPARATORS.split(line.translate(_BRACKETS).strip(",; \t"))


def _numbers(line: str) -> list[float] | None:
    """Returns the numbers of a line; None where it holds anything else."""
    try:
        return [float(word) for word in _words(line)]
    except ValueError:
        return None


def _landmarks(rows: list[list[float]], header: list[str]) -> columns.Landmarks:
    """Returns the landmarks that lines of numbers hold."""
    if len(rows) == 1:
        read = columns.of_line(rows[0], header)
        if read is None:
            raise InputError(f"{_FORMATS}, got one line of {len(rows[0])} numbers")
        return read
    widths = {len(row) for row in rows}
    if not widths <= {2, 3, 4} or len(widths) > 1 or len(rows) not in _COUNTS:
        lengths = " or ".join(map(str, sorted(widths)))
        raise InputError(
            f"{_FORMATS}, got {len(rows)} lines of {lengths} numbers: use a 68-point "
            "predictor"
        )
    return columns.of_table(np.array(rows, np.float64), header)


def _found(read: columns.Landmarks, name: str) -> np.ndarray | None:
    """Returns the points of a face that was found; None where nobody was.

    Args:
        read: what the file holds.
        name: name of the landmarks and their file, for messages.

    Raises:
        InputError: other coordinates than pixels, or a part that was not found.
    """
    points = read.points
    known = points[np.isfinite(points).all(axis=1)]
    if not len(known) or not read.is_trusted or np.isin(points, _NOT_FOUND).all():
        return None
    if not np.ptp(known, axis=0).any():
        return None
    check_pixels(points, name)
    if np.ptp(known, axis=0).max() < 1:
        return None
    _check_parts(points, name)
    return points


def _check_parts(points: np.ndarray, name: str, field: str | None = None) -> None:
    """Refuses faces of which a part was not found, which drawing would tear to it.

    Args:
        points: float64 [68, 2].
        name: name of the points and their file, for the message.
        field: see `InputError`.
    """
    for value in _NOT_FOUND:
        missing = (points == value).all(axis=1)
        # Points that were clipped at the edges lie along them, not in the corner alone.
        clipped = (points[~missing] == 0).any() and value == 0
        if missing.sum() > 1 and not clipped:
            first = int(np.argmax(missing))
            raise InputError(
                f"{name} must be found all, got {int(missing.sum())} of "
                f"{curves.NUM_LANDMARKS} at {value:g},{value:g}, the first as point "
                f"{first}, so a part of the face was not found: drop the frame or "
                "repair it",
                field=field,
            )
