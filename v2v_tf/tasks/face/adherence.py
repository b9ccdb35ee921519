"""Compares the landmarks of a generated face with those of the real one."""

from __future__ import annotations

import numpy as np

from v2v_tf.tasks.adherence import Adherence, AdherenceMetric, Seen, mirrored_points
from v2v_tf.tasks.face.curves import NUM_LANDMARKS
from v2v_tf.tasks.points_over_time import is_detected

RIGHT_EYE, LEFT_EYE = 36, 45  # outer corners
# The landmark of the other half of the face, for each of the 68, then of the irises.
MIRROR = (
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # bridge of the nose
    *range(35, 30, -1),  # below the nose
    *(45, 44, 43, 42, 47, 46),  # right eye
    *(39, 38, 37, 36, 41, 40),  # left eye
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55),  # outer lips
    *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lips
    *(69, 68),  # irises, where they are found
)
_ERROR, _FOUND = "landmark_error", "faces_found"


def landmark_error(found: np.ndarray, real: np.ndarray) -> float | None:
    """Returns the normalised mean error of landmarks.

    It is the mean distance of the landmarks, by the distance of the outer corners of
    the eyes of the real face, as the benchmark 300-W has it (Sagonas et al., Image and
    Vision Computing 2016, DOI 10.1016/j.imavis.2016.01.002).

    Args:
        found: [68 or more, 2], landmarks of the generated frame, pixels; irises after
            the 68 are not counted.
        real: those of the real frame.

    Returns:
        0 for the same landmarks; None where no landmark is in both, or the eyes of
        the real face are not apart.

    Example:
        ```python
        >>> import numpy as np
        >>> real = np.zeros([68, 2])
        >>> real[45] = 40.0, 30.0  # 50 pixels from landmark 36
        >>> landmark_error(real + (3.0, 4.0), real)
        0.1

        ```
    """
    found, real = found[:NUM_LANDMARKS], real[:NUM_LANDMARKS]
    both = is_detected(found) & is_detected(real)
    apart = float(np.hypot(*(real[LEFT_EYE, :2] - real[RIGHT_EYE, :2])))
    if not both.any() or not apart > 0:
        return None
    moved = found[both, :2].astype(np.float64) - real[both, :2]
    return float(np.hypot(*moved.T).mean() / apart)


def compare(found: Seen, real: Seen) -> dict[str, float]:
    """Returns the error of landmarks, and whether there is a face at all.

    Args:
        found: [68 or 70, 2], landmarks of the generated frame; None without a face.
        real: those of the real frame.

    Returns:
        Nothing where the real frame shows no face; 0 for `faces_found` alone where the
        generated one shows none, so that a missing face improves no mean unseen.
    """
    if real is None:
        return {}
    error = None if found is None else landmark_error(found, real)
    if error is None:
        return {_FOUND: 0.0}
    return {_ERROR: error, _FOUND: 1.0}


ADHERENCE = Adherence(
    "faces",
    (
        AdherenceMetric(
            _ERROR,
            "Landmark error",
            "distance of 68 landmarks by that of the outer eye corners, where both "
            "frames show a face; lower is closer",
        ),
        AdherenceMetric(
            _FOUND,
            "Faces found",
            "share of the frames with a real face that show a generated one; 1 is all",
        ),
    ),
    compare,
    lambda points, width: mirrored_points(points, width, MIRROR[: len(points)]),
)
