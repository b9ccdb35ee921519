"""Says how what was found is smoothed over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.one_euro import one_euro
from v2v_tf.tasks.points_over_time import smooth


@dataclass(frozen=True)
class Smoothing:
    """Says how.

    Attributes:
        kind: `median` over a window, or `one-euro`, see `tasks.one_euro`.
        window: frames of the median, odd; 1 for none.

    Example:
        ```python
        >>> from v2v_tf.apps.annotation.smoothing import parse_smoothing
        >>> parse_smoothing("5").window, parse_smoothing("off").window
        (5, 1)

        ```
    """

    kind: Literal["median", "one-euro"] = "median"
    window: int = 3

    def of_points(self, points: np.ndarray, fps: float) -> np.ndarray:
        """Returns points [T, N, C] smoothed; missing ones stay missing.

        Args:
            points: x and y first, pixels; NaN where one is missing.
            fps: frames per second.
        """
        if self.kind == "one-euro":
            return one_euro(points, fps)
        return smooth(points, self.window)

    def __str__(self) -> str:
        if self.kind == "one-euro":
            return self.kind
        return "off" if self.window == 1 else str(self.window)


def parse_smoothing(text: str) -> Smoothing:
    """Returns what `--smooth` means.

    Args:
        text: `off`, an odd number of frames, or `one-euro`.

    Raises:
        InputError: none of them.
    """
    if text == "one-euro":
        return Smoothing("one-euro")
    window = "1" if text == "off" else text
    if not window.isdigit() or int(window) % 2 == 0:
        raise InputError(
            f"--smooth {text}: expected off, an odd number of frames, or one-euro"
        )
    return Smoothing("median", int(window))
