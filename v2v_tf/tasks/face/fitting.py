"""Landmarks moved to another face's place, size and proportions.

Points are complex numbers, x + iy: a similarity is then a factor (size and turn) and a
shift. Each clip has a median face: every frame laid on the others by the points that
expressions hardly move, and the median of each point. The similarity that lays the
source's median face on the reference's moves all frames: turns, steps and expressions
are kept, in the reference's size.

With `parts`, jaw, brows, nose, eyes and mouth then each get the reference's place and
size: a frame's head motion is taken away, each part is scaled about the centre that it
has in the median face and moved to where the reference has that centre, and the motion
is put back. So the result has the reference's proportions, and the source's
expressions scaled with the part they move. Few-shot
vid2vid (Wang et al. 2019, arXiv 1910.12713) follows a face with a running mean; here
one measure of the whole clip serves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.points_over_time import median

# Bridge and base of the nose, corners of the eyes.
STILL_POINTS = [27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 39, 42, 45]
# Points of each part, which left and right have one of.
PARTS: dict[str, tuple[range, ...]] = {
    "jaw": (range(17),),
    "brows": (range(17, 22), range(22, 27)),
    "nose": (range(27, 36),),
    "eyes": (range(36, 42), range(42, 48)),
    "mouth": (range(48, 68),),
}
# Width and height apart; the others' heights change with the expression.
_STIFF_PARTS = ("jaw", "nose")
_ROUNDS = 3


@dataclass(frozen=True)
class Similarity:
    """Maps a complex point z to factor * z + shift.

    Attributes:
        factor: complex factor; its absolute value is the scale, its angle the turn.
        shift: pixels.
    """

    factor: complex
    shift: complex

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Returns complex points moved."""
        return self.factor * points + self.shift

    def undo(self, points: np.ndarray) -> np.ndarray:
        """Returns complex points moved back."""
        return (points - self.shift) / self.factor


def lay_on(face: np.ndarray, target: np.ndarray) -> Similarity:
    """Lays a face on another by least squares over the still points of both.

    Args:
        face: complex [68]; NaN where missing.
        target: complex [68].

    Raises:
        InputError: fewer than two still points are in both, or they coincide.
    """
    still, wanted = face[STILL_POINTS], target[STILL_POINTS]
    shared = np.isfinite(still) & np.isfinite(wanted)
    still, wanted = still[shared], wanted[shared]
    if not _spread(still) or not _spread(wanted):
        raise InputError(
            "a face needs two or more points of its nose and the corners of its eyes, "
            f"apart from each other, got {int(shared.sum())} that are in both frames"
        )
    middle, aim = still.mean(), wanted.mean()
    away = still - middle
    factor = np.vdot(away, wanted - aim) / np.vdot(away, away)
    return Similarity(complex(factor), complex(aim - factor * middle))


def median_face(faces: np.ndarray) -> np.ndarray:
    """Returns the median face of a clip, in the middle of its motion.

    Args:
        faces: complex [T, 68]; frames without a face are NaN.

    Returns:
        Complex [68].

    Raises:
        InputError: see `lay_on`.
    """
    faces = faces[np.isfinite(faces).any(axis=1)]
    shape = _median(faces)
    for _ in range(_ROUNDS):
        shape = _median(np.stack([lay_on(face, shape).apply(face) for face in faces]))
    return shape


def fit_faces(
    source: np.ndarray, reference: np.ndarray, *, parts: bool
) -> tuple[np.ndarray, float]:
    """Moves a clip of landmarks to another face.

    Args:
        source: float64 [T, 68, 2], pixels; NaN where missing.
        reference: float64 [S, 68, 2].
        parts: give each part the reference's size and place too.

    Returns:
        float64 [T, 68, 2], missing where the source is; the scale.

    Raises:
        InputError: see `lay_on`.
    """
    faces, others = _complex(source), _complex(reference)
    neutral, wanted = median_face(faces), median_face(others)
    placement = lay_on(neutral, wanted)
    fitted = placement.apply(faces)
    if parts:
        placed = placement.apply(neutral)
        for face in fitted:
            if np.isfinite(face).any():
                motion = lay_on(placed, face)
                face[:] = motion.apply(_fit_parts(motion.undo(face), placed, wanted))
    return np.stack([fitted.real, fitted.imag], axis=-1), abs(placement.factor)


def _fit_parts(face: np.ndarray, neutral: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Scales the parts of a face without head motion, about the neutral centres."""
    fitted = face.copy()
    for name, sides in PARTS.items():
        pieces = [list(side) for side in sides]
        away = np.stack([neutral[piece] - neutral[piece].mean() for piece in pieces])
        aim = np.stack([wanted[piece] - wanted[piece].mean() for piece in pieces])
        if name in _STIFF_PARTS:
            width = _ratio(aim.real, away.real)
            height = _ratio(aim.imag, away.imag)
        else:
            width = height = _ratio(np.abs(aim), np.abs(away))
        for piece in pieces:
            step = face[piece] - neutral[piece].mean()
            scaled = width * step.real + 1j * height * step.imag
            fitted[piece] = wanted[piece].mean() + scaled
    return fitted


def _ratio(wanted: np.ndarray, present: np.ndarray) -> float:
    """Returns the ratio of two extents, 1 where there is none to compare."""
    extents = np.linalg.norm(wanted), np.linalg.norm(present)
    return float(extents[0] / extents[1]) if min(extents) > 0 else 1.0


def _spread(points: np.ndarray) -> float:
    """Returns the extent of complex points, 0 where there is none."""
    return float(np.abs(points - points.mean()).max()) if points.size else 0.0


def _complex(points: np.ndarray) -> np.ndarray:
    return points[..., 0] + 1j * points[..., 1]


def _median(faces: np.ndarray) -> np.ndarray:
    """Returns the median of x and of y, complex [68]."""
    return median(faces.real) + 1j * median(faces.imag)
