"""The 68 landmarks of a face among the 468 vertices of MediaPipe's mesh.

The mesh is that of MediaPipe (https://github.com/google-ai-edge/mediapipe), counted as
its canonical face model counts it; the 68 landmarks are those of iBUG 300-W, counted as
dlib writes them. Brows, nose, eyes and lips have vertices of their own. The jaw has
none: its 17 landmarks are spread evenly along the outline of the mesh, from the height
of the eyes on one side over the chin to the other.
"""

from __future__ import annotations

import numpy as np

NUM_VERTICES = 468
# Outline of the mesh, from the person's right temple over the chin to the left one.
OUTLINE = (
    *(127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148),
    152,
    *(377, 400, 378, 379, 365, 397, 288, 361, 323, 454, 356),
)
# Landmarks 17 .. 67.
VERTICES = (
    *(70, 63, 105, 66, 107),  # 17 .. 21, right brow
    *(336, 296, 334, 293, 300),  # 22 .. 26, left brow
    *(168, 197, 5, 4),  # 27 .. 30, bridge of the nose
    *(75, 97, 2, 326, 305),  # 31 .. 35, below the nose
    *(33, 160, 158, 133, 153, 144),  # 36 .. 41, right eye
    *(362, 385, 387, 263, 373, 380),  # 42 .. 47, left eye
    *(61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181),  # 48 .. 59, outer lips
    *(78, 82, 13, 312, 308, 317, 14, 87),  # 60 .. 67, inner lips
)
_NUM_JAW = 17


def to_landmarks(mesh: np.ndarray) -> np.ndarray:
    """Returns the 68 landmarks of a face.

    Args:
        mesh: float [468 or 478, 2 or more], x and y first, pixels; the 10 vertices of
            the irises, where they are there, come last.

    Returns:
        float64 [68, 2], pixels.

    Example:
        ```python
        >>> import numpy as np
        >>> mesh = np.random.default_rng(0).uniform(0, 100, (468, 3))
        >>> points = to_landmarks(mesh)
        >>> points.shape, bool((points[30] == mesh[4, :2]).all())
        ((68, 2), True)

        ```
    """
    points = np.asarray(mesh, np.float64)[:, :2]
    return np.concatenate([_jaw(points[list(OUTLINE)]), points[list(VERTICES)]])


def _jaw(outline: np.ndarray) -> np.ndarray:
    """Returns 17 points, evenly spread along each half of an outline."""
    middle = OUTLINE.index(152)
    half = _NUM_JAW // 2 + 1
    right = _spread(outline[: middle + 1], half)
    left = _spread(outline[middle:], half)
    return np.concatenate([right, left[1:]])


def _spread(line: np.ndarray, count: int) -> np.ndarray:
    """Returns points at equal distances along a line of points."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(wanted, along, line[:, i]) for i in range(2)], axis=-1)
