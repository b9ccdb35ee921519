"""Tasks that are drawn from points: how points are fitted, written and drawn.

With it a clip of one person can drive the model of another (`v2v-tf retarget`).
"""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.config import Config

Size = tuple[int, int]
# Heights and widths that pictures commonly have, landscape; portraits are as common.
_COMMON_SIZES = (
    *((180, 320), (240, 320), (240, 426), (270, 480), (360, 480), (360, 640)),
    *((480, 640), (480, 854), (540, 960), (720, 1280), (1080, 1920)),
    *((1440, 2560), (2160, 3840)),
)
# Points of a person or a face never lie within two pixels, but all within 0 to 1 when
# they are shares of the picture.
_NORMALISED = 2.0


def check_pixels(points: np.ndarray, name: str, field: str | None = None) -> None:
    """Refuses coordinates that look like shares of the picture.

    Args:
        points: float64 [N, 2 or more], x and y first; nan where a point is missing.
        name: name of the points and their file, for the message.
        field: see `InputError`.

    Raises:
        InputError: all of three points or more lie within 0 and 1.
    """
    found = points[np.isfinite(points[:, :2]).all(axis=1), :2]
    if len(found) >= 3 and found.min() > -_NORMALISED and found.max() < _NORMALISED:
        raise InputError(
            f"{name} lie within {found.min():.1g} and {found.max():.1g}, so they look "
            "normalised (0 to 1), and pixels are expected: multiply x by the width and "
            "y by the height of the picture",
            field=field,
        )


def common_size(points: np.ndarray) -> Size:
    """Returns the smallest common size of a picture that all points lie in.

    Args:
        points: float64 [..., 2 or more], x and y first; nan where one is missing.

    Returns:
        (height, width), pixels.

    Example:
        ```python
        >>> import numpy as np
        >>> common_size(np.array([[12.0, 700.0], [1100.0, 80.0]]))
        (720, 1280)

        ```
    """
    width, height = np.nanmax(points[..., :2].reshape(-1, 2), axis=0)
    sizes = {*_COMMON_SIZES, *((long, short) for short, long in _COMMON_SIZES)}
    holding = [size for size in sizes if size[0] > height and size[1] > width]
    if not holding:
        return int(height) + 1, int(width) + 1
    # Landscape where both would do.
    return min(holding, key=lambda size: (size[0] * size[1], size[0]))


class PointFormat(abc.ABC):
    """Fits, writes and draws the points of one task.

    Attributes:
        field: name of their value in a `RawFrame`.
        folder: of their files, without the phase.
        suffix: of the files that are written.
        suffixes: of the files that are read.
        proportions: by which a person can be fitted to another, the default first.
        smoothing: frames of the median over time that is right for them, odd.
        nobody: text of a file that says that a frame shows nobody.
        margin: shown around the points, by the larger side of the box around them.
        must_be_complete: whether no frame can be drawn without all of its points.
    """

    field: ClassVar[str]
    folder: ClassVar[str]
    suffix: ClassVar[str]
    suffixes: ClassVar[frozenset[str]]
    nobody: ClassVar[str]
    proportions: ClassVar[tuple[str, ...]]
    smoothing: ClassVar[int]
    margin: ClassVar[float]
    must_be_complete: ClassVar[bool]

    @abc.abstractmethod
    def check(self, config: Config) -> None:
        """Raises InputError for options whose planes other points cannot give."""

    @abc.abstractmethod
    def points_of(
        self, values: Sequence[Any], size: Size, config: Config
    ) -> np.ndarray:
        """Returns the points of frames.

        Args:
            values: values of T frames of a sequence, as a `RawFrame` holds them; None
                where a frame shows nobody.
            size: (height, width) of the pictures that the points are of.
            config: configuration with this task.

        Returns:
            float64 [T, N, C], x and y first, pixels; NaN where a point is missing.

        Raises:
            InputError: a value that cannot be used.
        """

    def everybody_of(
        self, values: Sequence[Any], size: Size, config: Config
    ) -> list[np.ndarray]:
        """Returns the points of each person whom all of some frames show.

        Args:
            values: see `points_of`.
            size: see `points_of`.
            config: see `points_of`.

        Returns:
            One or more of what `points_of` returns, the one that it follows first.
        """
        return [self.points_of(values, size, config)]

    @abc.abstractmethod
    def value_of(self, everybody: Sequence[np.ndarray], config: Config) -> Any:
        """Returns points [N, C] of people in a frame as the value of a `RawFrame`."""

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
