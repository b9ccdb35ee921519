"""Tasks that are drawn from points: how points are read, fitted, written and drawn.

With it a clip of one person can drive the model of another (`v2v-tf retarget`).
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np

if TYPE_CHECKING:
    from v2v_tf.config import Config

Size = tuple[int, int]


class PointFormat(abc.ABC):
    """Reads, fits and draws the points of one task.

    Attributes:
        folder: name of the folder of point files, without the phase (`train_`,
            `test_`).
        suffix: ending of the point files.
        proportions: words for the ways in which a person can be fitted to another, the
            default first.
        smoothing: frames of the median over time that is right for them, odd.
        margin: shown around the points, by the larger side of the box around them.
        must_be_complete: whether no frame can be drawn without all of its points.
    """

    folder: ClassVar[str]
    suffix: ClassVar[str]
    proportions: ClassVar[tuple[str, ...]]
    smoothing: ClassVar[int]
    margin: ClassVar[float]
    must_be_complete: ClassVar[bool]

    @abc.abstractmethod
    def check(self, config: Config) -> None:
        """Raises InputError for options whose planes other points cannot give."""

    @abc.abstractmethod
    def read(self, files: Sequence[Path], size: Size, config: Config) -> np.ndarray:
        """Reads the files of a sequence, a frame each.

        Args:
            files: T files.
            size: (height, width) of the pictures that the points are of.
            config: configuration with this task.

        Returns:
            float64 [T, N, C], x and y first, pixels; NaN where a point is missing.

        Raises:
            InputError: a file that cannot be read; it is named.
        """

    @abc.abstractmethod
    def write(self, points: np.ndarray, config: Config) -> str:
        """Returns the text of the file that holds the points [N, C] of a frame."""

    @abc.abstractmethod
    def needed(self, reference: np.ndarray) -> np.ndarray:
        """Returns which points every frame should have.

        Args:
            reference: float64 [S, N, C], of the person who is driven.

        Returns:
            bool [N].
        """

    @abc.abstractmethod
    def fit(
        self, points: np.ndarray, reference: np.ndarray, proportions: str
    ) -> tuple[np.ndarray, float, str | None]:
        """Moves points to the size, the place and the proportions of a reference.

        Args:
            points: float64 [T, N, C].
            reference: float64 [S, N, C].
            proportions: one of `self.proportions`.

        Returns:
            float64 [T, N, C], the reference's size by the source's, and what points
            were placed by, None where nothing is chosen.
        """

    @abc.abstractmethod
    def draw(self, points: np.ndarray, size: Size) -> np.ndarray:
        """Draws the points [N, C] of a frame as uint8 [H, W, 3] on black."""
