"""OpenPose's BODY_25 among the 33 points of MediaPipe's body.

The 33 points are those of BlazePose (Bazarevsky et al., 2020, arXiv 2006.10204) as
MediaPipe (https://github.com/google-ai-edge/mediapipe) counts them. Two points of
BODY_25 are derived: the neck lies between the shoulders, and the middle of the hips
between the hips, each with the lower confidence of the two. The small toes have no
point of their own and are left out.
"""

from __future__ import annotations

import numpy as np

LEFT_SHOULDER, RIGHT_SHOULDER, LEFT_HIP, RIGHT_HIP = 11, 12, 23, 24
# Point of BODY_25 to the point of the body that it is.
POINTS = {
    **{0: 0, 2: 12, 3: 14, 4: 16, 5: 11, 6: 13, 7: 15},
    **{9: 24, 10: 26, 11: 28, 12: 23, 13: 25, 14: 27},
    **{15: 5, 16: 2, 17: 8, 18: 7},
    **{19: 31, 21: 29, 22: 32, 24: 30},
}
# Point of BODY_25 to the two points that it lies between.
DERIVED = {1: (LEFT_SHOULDER, RIGHT_SHOULDER), 8: (LEFT_HIP, RIGHT_HIP)}
MISSING = (20, 23)


def to_body_25(body: np.ndarray) -> np.ndarray:
    """Returns BODY_25 of a person.

    Args:
        body: float [33, 3]: x, y, pixels, and confidence, 0 .. 1.

    Returns:
        float64 [25, 3], in the same units; zeros where there is no such point.

    Example:
        ```python
        >>> import numpy as np
        >>> body = np.zeros([33, 3])
        >>> body[[11, 12]] = [(30, 40, 0.9), (10, 20, 0.7)]
        >>> to_body_25(body)[1].tolist()
        [20.0, 30.0, 0.7]

        ```
    """
    points = np.zeros((25, 3))
    for ours, theirs in POINTS.items():
        points[ours] = body[theirs]
    for ours, (one, other) in DERIVED.items():
        points[ours, :2] = (body[one, :2] + body[other, :2]) / 2
        points[ours, 2] = min(body[one, 2], body[other, 2])
    return points
