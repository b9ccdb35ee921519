"""Says how closely generated frames follow their conditions: found again, compared.

What a task looks for is found in a generated frame and in the real frame of the same
time, and both are compared. A task gives the comparison (`Task.adherence`); whoever
evaluates gives the frames, see `apps/evaluation/adherence.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

# Points [N, C] with NaN where one is missing, or a picture [H, W]; None where a frame
# shows nobody.
Seen = np.ndarray | None


@dataclass(frozen=True)
class AdherenceMetric:
    """Says what a table notes on a metric.

    Attributes:
        name: name of the metric in files.
        title: name of the metric for people.
        note: unit, direction and ideal.
    """

    name: str
    title: str
    note: str


@dataclass(frozen=True)
class Adherence:
    """Describes how what was found in frames of one task is compared.

    Attributes:
        what: what is looked for, such as `faces`, for messages.
        metrics: the numbers that `compare` returns, in the order of tables.
        compare: function from what a generated frame shows and what the real frame of
            the same time shows to numbers by the names of `metrics`; those that this
            frame has no value of are left out. A frame without any is not counted.
        mirror: function from what was found in a mirrored frame, and the width of that
            frame in pixels, to where it lies in the frame itself.
        look: function from a frame, uint8 [H, W, 3], RGB, to what it shows; None where
            a detector finds it.

    Example:
        ```python
        >>> from v2v_tf.config import TASKS, load_config
        >>> edges = TASKS.get("edges").adherence(load_config(None, ("task=edges",)))
        >>> [metric.name for metric in edges.metrics]
        ['edge_f1']

        ```
    """

    what: str
    metrics: tuple[AdherenceMetric, ...]
    compare: Callable[[Seen, Seen], Mapping[str, float]]
    mirror: Callable[[np.ndarray, int], np.ndarray]
    look: Callable[[np.ndarray], np.ndarray] | None = None


def mirrored_points(
    points: np.ndarray, width: int, order: Sequence[int] | np.ndarray
) -> np.ndarray:
    """Returns points of a mirrored frame where they lie in the frame itself.

    Args:
        points: [N, C], x first, pixels.
        width: width of the frame, pixels.
        order: for each point the number of the one that it is in a mirror: that of the
            left eye for the right one.

    Returns:
        A new array of that shape.

    Example:
        ```python
        >>> import numpy as np
        >>> eyes = np.array([[2.0, 5.0], [6.0, 4.0]])
        >>> mirrored_points(eyes, 10, (1, 0)).tolist()
        [[3.0, 4.0], [7.0, 5.0]]

        ```
    """
    placed = points[np.asarray(order)]
    placed[:, 0] = width - 1 - placed[:, 0]
    return placed


def mirrored_picture(picture: np.ndarray, width: int) -> np.ndarray:
    """Returns a picture [H, W] of a mirrored frame as one of the frame itself."""
    del width
    return picture[:, ::-1]
