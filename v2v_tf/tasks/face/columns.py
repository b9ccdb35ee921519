"""Which columns of a file of landmarks hold x, y and the confidence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.face.curves import NUM_LANDMARKS

_CONFIDENCES = ("conf", "score", "prob", "likelihood", "visib", "success")
# `x_12` and `x12` of OpenFace and others, whose X_12 are millimetres; `12_x`, `p12.x`.
_AXIS_FIRST = re.compile(r"([xy])[_.]?(\d+)")
_NUMBER_FIRST = re.compile(r"[A-Za-z_]*?(\d+)[_.]?([xy])")
_MOST_OF_A_POINT = 4  # index, x, y, confidence


@dataclass(frozen=True)
class Landmarks:
    """Holds what a file says of one face.

    Attributes:
        points: float64 [68, 2], x and y; [70, 2] with irises.
        confidences: float64 [N], where the file has some.
    """

    points: np.ndarray
    confidences: np.ndarray | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether any confidence is above 0, or the file has none."""
        return self.confidences is None or bool((self.confidences > 0).any())


def names_points(header: Sequence[str]) -> bool:
    """Returns whether a header names an x and a y, of one point or of all."""
    return _order(header) is not None or bool(_wide(header))


def of_table(rows: np.ndarray, header: Sequence[str]) -> Landmarks:
    """Reads a table of a point a row.

    Args:
        rows: float64 [68 or 70, 2 .. 4].
        header: names of the columns; empty where the file has none.

    Raises:
        InputError: four columns, of which neither a header nor an index says what they
            are.
    """
    names = [name.lower() for name in header]
    width = rows.shape[1]
    order = _order(names) if len(names) == width else None
    if order is not None:
        last = [i for i, name in enumerate(names) if name.startswith(_CONFIDENCES)]
        # A third column that has another name is a depth.
        return Landmarks(rows[:, order], rows[:, last[0]] if last else None)
    if width > 2 and _counts(rows[:, 0]):
        # Tables of pandas leave the name of their index out.
        return of_table(rows[:, 1:], names[1:] if len(names) == width else names)
    if width == 3 and len(names) == 2 and _order(names) is not None:
        return of_table(rows, [*names, _CONFIDENCES[0]])
    if width == _MOST_OF_A_POINT:
        raise InputError(
            "expected x, y and a confidence in a line, after the number of the point "
            "where wanted, got four other numbers: put a line `x,y,confidence` of "
            "their names first"
        )
    return Landmarks(rows[:, :2], rows[:, 2] if width == 3 else None)


def of_line(row: Sequence[float], header: Sequence[str]) -> Landmarks | None:
    """Reads a line that holds all points.

    Args:
        row: its numbers.
        header: names of the columns; empty where the file has none.

    Returns:
        None where the line has as many numbers as no 68 points have.

    Raises:
        InputError: a name for each number, which do not say what is x and y of which
            point.
    """
    if len(header) == len(row):
        wide = _wide(header)
        if not wide:
            raise InputError(
                "expected names such as x_0 .. x_67 and y_0 .. y_67 over one line of "
                f"{len(row)} numbers, got {', '.join(header[:3])}, ...: name the "
                f"columns so, or write {NUM_LANDMARKS} lines `x,y`"
            )
        values = np.array(row, np.float64)
        names = [name.lower() for name in header]
        last = [i for i, name in enumerate(names) if name.startswith(_CONFIDENCES)]
        return Landmarks(values[wide], values[last] if last else None)
    for width in (2, 3):
        if len(row) == width * NUM_LANDMARKS:
            return of_table(np.array(row, np.float64).reshape(-1, width), ())
    return None


def _order(names: Sequence[str]) -> list[int] | None:
    """Returns where x and y are among the names of a point; None where they are not."""
    lower = [name.lower() for name in names]
    if lower.count("x") != 1 or lower.count("y") != 1:
        return None
    return [lower.index("x"), lower.index("y")]


def _wide(names: Sequence[str]) -> list[list[int]]:
    """Returns the places of x and y of all points; empty where names do not say."""
    for pattern, axis in ((_AXIS_FIRST, 0), (_NUMBER_FIRST, 1)):
        places = {}
        for place, name in enumerate(names):
            match = pattern.fullmatch(name)
            if match is not None:
                places[match[1 + axis], int(match[2 - axis])] = place
        for first in (0, 1):
            keys = range(first, first + NUM_LANDMARKS)
            if len(places) == 2 * NUM_LANDMARKS and all(
                ("x", k) in places for k in keys
            ):
                return [[places["x", k], places["y", k]] for k in keys]
    return []


def _counts(column: np.ndarray) -> bool:
    """Returns whether a column counts the points, from 0 or from 1."""
    numbers = np.arange(len(column))
    return any(np.array_equal(column, numbers + first) for first in (0, 1))
