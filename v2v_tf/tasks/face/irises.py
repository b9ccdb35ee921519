"""Irises: two points after the 68 landmarks, the middles of the right and left one.

They tell where a face looks. OpenPose counts them the same way, as points 68 and 69 of
its faces.
"""

from __future__ import annotations

import cv2
import numpy as np

from v2v_tf.tasks.face.curves import NUM_LANDMARKS

NUM_WITH_IRISES = NUM_LANDMARKS + 2
# Points of each eye, and its corners from left to right in the picture.
_EYES = (range(36, 42), range(42, 48))
CORNERS = ((36, 39), (42, 45))
# A dot, by the distance of the corners: the iris is half as large again.
_RADIUS = 0.12


def draw_irises(landmarks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Draws a dot for each iris.

    Args:
        landmarks: float [70, 2], (x, y) pixels.
        size: (height, width) of the image.

    Returns:
        uint8 [H, W], 255 on the dots, else 0.

    Example:
        ```python
        >>> import numpy as np
        >>> landmarks = np.zeros([70, 2])
        >>> landmarks[[36, 39, 42, 45], 0] = 10, 30, 50, 70
        >>> landmarks[[68, 69]] = (18, 8), (62, 8)
        >>> drawn = draw_irises(landmarks, (16, 80))
        >>> drawn[8, [18, 24, 62]].tolist()
        [255, 0, 255]

        ```
    """
    canvas = np.zeros(size, np.uint8)
    for iris, (one, other) in zip(landmarks[NUM_LANDMARKS:], CORNERS, strict=True):
        width = float(np.hypot(*(landmarks[other] - landmarks[one])))
        radius = max(round(_RADIUS * width), 1)
        # Far outside it is not drawn at all, where curves lie on the border.
        center = np.clip(np.rint(iris), -1_000_000, 1_000_000).astype(int)
        cv2.circle(canvas, center.tolist(), radius, 255, cv2.FILLED)
    return canvas


def carried(source: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Moves irises with their eyes.

    Args:
        source: float64 [T, 70, 2].
        fitted: float64 [T, 68, 2], the same landmarks elsewhere.

    Returns:
        float64 [T, 2, 2], the irises there: each lies in its eye as it did, by the
        eye's middle, width and turn.
    """
    moved = np.empty((len(source), 2, 2))
    for index, (eye, corners) in enumerate(zip(_EYES, CORNERS, strict=True)):
        before, after = _frame(source, eye, corners), _frame(fitted, eye, corners)
        iris = _complex(source[:, NUM_LANDMARKS + index])
        place = after[0] + (iris - before[0]) / before[1] * after[1]
        moved[:, index] = np.stack([place.real, place.imag], axis=-1)
    return moved


def _frame(
    landmarks: np.ndarray, eye: range, corners: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the middle of an eye and the way from corner to corner, complex [T]."""
    points = _complex(landmarks)
    way = points[:, corners[1]] - points[:, corners[0]]
    return points[:, list(eye)].mean(axis=1), np.where(way == 0, 1.0, way)


def _complex(points: np.ndarray) -> np.ndarray:
    return points[..., 0] + 1j * points[..., 1]
