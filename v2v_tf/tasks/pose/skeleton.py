"""Tabulates OpenPose's (BODY_25) points and strokes (method.md 2.5), and reads JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from v2v_tf.errors import InputError

Colour = tuple[int, int, int]
Size = tuple[int, int]

# (from, to), colour; head limbs are drawn first and left out with basic points.
HEAD_LIMBS: tuple[tuple[tuple[int, int], Colour], ...] = (
    ((17, 15), (153, 0, 153)),
    ((15, 0), (153, 0, 102)),
    ((0, 16), (102, 0, 153)),
    ((16, 18), (51, 0, 153)),
)
BODY_LIMBS: tuple[tuple[tuple[int, int], Colour], ...] = (
    ((0, 1), (153, 0, 51)),
    ((1, 8), (153, 0, 0)),
    ((1, 2), (153, 51, 0)),
    ((2, 3), (153, 102, 0)),
    ((3, 4), (153, 153, 0)),
    ((1, 5), (102, 153, 0)),
    ((5, 6), (51, 153, 0)),
    ((6, 7), (0, 153, 0)),
    ((8, 9), (0, 153, 51)),
    ((9, 10), (0, 153, 102)),
    ((10, 11), (0, 153, 153)),
    ((11, 24), (0, 153, 153)),
    ((11, 22), (0, 153, 153)),
    ((22, 23), (0, 153, 153)),
    ((8, 12), (0, 102, 153)),
    ((12, 13), (0, 51, 153)),
    ((13, 14), (0, 0, 153)),
    ((14, 21), (0, 0, 153)),
    ((14, 19), (0, 0, 153)),
    ((19, 20), (0, 0, 153)),
)
LIMBS = HEAD_LIMBS + BODY_LIMBS
# Nose, eyes and ears of the body points, which `remove_face_labels` jitters.
HEAD_POINTS = (0, 15, 16, 17, 18)
FINGERS: tuple[tuple[tuple[int, ...], Colour], ...] = (
    ((0, 1, 2, 3, 4), (204, 0, 0)),
    ((0, 5, 6, 7, 8), (163, 204, 0)),
    ((0, 9, 10, 11, 12), (0, 204, 82)),
    ((0, 13, 14, 15, 16), (0, 82, 204)),
    ((0, 17, 18, 19, 20), (163, 0, 204)),
)
FACE_COLOUR: Colour = (255, 255, 255)
# Brows, nose, eyes, mouth; each is drawn as strokes between neighbours.
FACE_CURVES: tuple[tuple[int, ...], ...] = (
    tuple(range(17, 22)),
    tuple(range(22, 27)),
    tuple(range(27, 31)),
    tuple(range(31, 36)),
    (36, 37, 38, 39),
    (39, 40, 41, 36),
    (42, 43, 44, 45),
    (45, 46, 47, 42),
    tuple(range(48, 55)),
    (*range(54, 60), 48),
)
BODY_CONFIDENCE = 0.01
HAND_CONFIDENCE = 0.01
FACE_CONFIDENCE = 0.1

_KEYS = {
    "pose_keypoints_2d": 25,
    "face_keypoints_2d": 70,
    "hand_left_keypoints_2d": 21,
    "hand_right_keypoints_2d": 21,
}


@dataclass(frozen=True)
class Person:
    """Points of one person: x and y in pixels, confidence.

    Attributes:
        body: float64 [25, 3], BODY_25.
        face: float64 [70, 3]; None with basic points.
        hands: left and right, float64 [21, 3] each; empty with basic points.
    """

    body: np.ndarray
    face: np.ndarray | None = None
    hands: tuple[np.ndarray, ...] = ()


def is_trusted(points: np.ndarray, confidence: float) -> np.ndarray:
    """Returns which points drawing would show.

    Args:
        points: float64 [N, 3].
        confidence: must be passed, see `BODY_CONFIDENCE`.

    Returns:
        bool [N]; OpenPose writes an x of 0 where it detected nothing.
    """
    return (points[:, 2] > confidence) & (points[:, 0] != 0)


def read_people(
    openpose: dict[str, Any], size: Size, *, basic_point_only: bool
) -> list[Person]:
    """Reads the people of a parsed OpenPose JSON.

    Args:
        openpose: the JSON.
        size: (height, width) of the image it was made from.
        basic_point_only: read the body alone; face and hands may be missing.

    Returns:
        One or more people, in the order of the file.

    Raises:
        InputError: no people, a missing key, a wrong number of values, values that
            are no finite numbers or lie farther outside the image than it is wide
            or high.
    """
    people = openpose.get("people") if isinstance(openpose, dict) else None
    if not isinstance(people, list) or not people:
        found = "none" if people == [] else f"{type(openpose).__name__} without"
        raise InputError(
            f"OpenPose JSON must hold a list `people` with one or more, got {found}: "
            "drop frames in which nobody was detected"
        )
    return [_read_person(person, size, basic_point_only) for person in people]


def _read_person(person: Any, size: Size, basic_point_only: bool) -> Person:
    body = _read_points(person, "pose_keypoints_2d", size)
    if basic_point_only:
        return Person(body)
    return Person(
        body,
        _read_points(person, "face_keypoints_2d", size),
        (
            _read_points(person, "hand_left_keypoints_2d", size),
            _read_points(person, "hand_right_keypoints_2d", size),
        ),
    )


def _read_points(person: Any, key: str, size: Size) -> np.ndarray:
    expected = f"OpenPose people must have `{key}` of {_KEYS[key]} x 3 numbers"
    if key == "pose_keypoints_2d":
        remedy = "run OpenPose with --model_pose BODY_25"
    else:
        remedy = (
            "run OpenPose with --face --hand or set "
            "conditioning.pose.basic_point_only=true"
        )
    values = person.get(key) if isinstance(person, dict) else None
    if values is None:
        raise InputError(f"{expected}, got a person without: {remedy}")
    try:
        points = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{expected}, got other values: {remedy}") from None
    if points.shape != (3 * _KEYS[key],):
        raise InputError(f"{expected}, got shape {list(points.shape)}: {remedy}")
    points = points.reshape(-1, 3)
    if not np.isfinite(points).all():
        worst = int(np.argmin(np.isfinite(points).all(axis=1)))
        raise InputError(
            f"{expected}, finite ones, got {points[worst].tolist()} as point {worst}: "
            "write 0, 0, 0 for a point that was not detected"
        )
    extent = np.array(size[::-1])
    near = (points[:, :2] >= -extent) & (points[:, :2] <= 2 * extent)
    if not near.all():
        raise InputError(
            f"{expected}, pixels of the image of {size[1]}x{size[0]}, got "
            "points far outside: write JSON with --keypoint_scale 0"
        )
    return points
