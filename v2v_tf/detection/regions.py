"""Rotated squares of a frame: cut out for a network, and points in them mapped back.

Points are pixels of the frame; the middle of a pixel is a whole number.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np


@dataclass(frozen=True)
class Region:
    """Describes a square of a frame that may be rotated.

    Attributes:
        center: (x, y) of its middle, pixels of the frame.
        side: its side, pixels of the frame.
        angle: radians by which it is turned, clockwise as pictures are seen.

    Example:
        ```python
        >>> import numpy as np
        >>> region = Region((30.0, 20.0), 8.0, 0.0)
        >>> region.to_frame(np.array([[0.0, 0.0], [1.0, 0.5]]))
        array([[26., 16.],
               [34., 20.]])
        >>> whole = Region.whole(np.zeros([4, 6, 3], np.uint8))
        >>> whole.center, whole.side
        ((2.5, 1.5), 6.0)

        ```
    """

    center: tuple[float, float]
    side: float
    angle: float = 0.0

    @classmethod
    def whole(cls, frame: np.ndarray) -> Region:
        """Returns the square that holds a whole frame [H, W, ...], with margins."""
        height, width = frame.shape[:2]
        return cls(((width - 1) / 2, (height - 1) / 2), float(max(height, width)))

    @classmethod
    def around(
        cls, points: np.ndarray, axis: tuple[np.ndarray, np.ndarray], scale: float
    ) -> Region:
        """Returns a square around points, turned so that an axis becomes level.

        Args:
            points: [N, 2 or more], x and y first, pixels of the frame.
            axis: two points; the second lies to the right of the first.
            scale: side of the square by the longer side of the box around the points.
        """
        low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
        x, y = (axis[1] - axis[0])[:2]
        middle = (low + high) / 2
        return cls(
            (float(middle[0]), float(middle[1])),
            float(scale * (high - low).max()),
            float(np.arctan2(y, x)),
        )

    def cut(self, frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Cuts the square out of a frame; black where it reaches beyond.

        Args:
            frame: uint8 [H, W, 3].
            size: (height, width) of the result.

        Returns:
            uint8 [height, width, 3].
        """
        matrix = self._matrix(size)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(frame, matrix, size[::-1], flags=how)

    def to_frame(self, points: np.ndarray) -> np.ndarray:
        """Maps points from shares of the square to pixels of the frame.

        Args:
            points: float [N, 2], x and y; 0 .. 1 from its left and its top.

        Returns:
            float64 [N, 2].
        """
        rows = self._rows((1, 1))
        return (points - 0.5) @ rows.T + self.center

    def mask_to_frame(self, mask: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Maps a picture of the square to a frame; 0 outside of the square.

        Args:
            mask: [h, w], of the square.
            size: (height, width) of the frame.
        """
        matrix = self._matrix((mask.shape[0], mask.shape[1]))
        return cv2.warpAffine(mask, matrix, size[::-1], flags=cv2.INTER_LINEAR)

    def _matrix(self, size: tuple[int, int]) -> np.ndarray:
        """Returns what maps pixels of a picture of the square to those of the frame."""
        rows = self._rows(size)
        shift = self.center - rows @ ((size[1] - 1) / 2, (size[0] - 1) / 2)
        return np.concatenate([rows, shift[:, np.newaxis]], axis=1)

    def _rows(self, size: tuple[int, int]) -> np.ndarray:
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        turned = np.array([[cosine, -sine], [sine, cosine]])
        return turned * (self.side / size[1], self.side / size[0])
