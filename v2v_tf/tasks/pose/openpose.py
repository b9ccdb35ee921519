"""Files of OpenPose, in the ways that versions and other tools write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.files import read_text
from v2v_tf.tasks.points import check_pixels

# Names that OpenPose had before version 1.4, by today's.
_OLD_KEYS = {
    "pose_keypoints_2d": "pose_keypoints",
    "face_keypoints_2d": "face_keypoints",
    "hand_left_keypoints_2d": "hand_left_keypoints",
    "hand_right_keypoints_2d": "hand_right_keypoints",
}
_BODY = "pose_keypoints_2d"
_COCO_18 = 18
# Where BODY_25 has the points of COCO-18: it adds the middle of the hips, and feet.
_FROM_COCO_18 = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
_HIPS, _MIDDLE_HIP = (9, 12), 8


def read_openpose(path: Path) -> dict[str, Any] | None:
    """Reads the people of an OpenPose JSON.

    Names of points from before version 1.4, bodies of COCO-18 (whose feet are missing,
    and whose middle of the hips is the mean of both) and points that are null are
    written as BODY_25 has them.

    Args:
        path: of the file.

    Returns:
        The parsed JSON; None where nobody was detected.

    Raises:
        InputError: no JSON with a list of people, or points that are no pixels.
    """
    try:
        parsed = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON: {error}") from error
    people = parsed.get("people") if isinstance(parsed, dict) else None
    if not isinstance(people, list):
        raise InputError(
            f"{path}: expected an OpenPose JSON with a list `people`, got "
            f"{type(parsed).__name__} without"
        )
    read = [_person(one, path) if isinstance(one, dict) else one for one in people]
    found = [one for one in read if not isinstance(one, dict) or _is_detected(one)]
    return {**parsed, "people": found} if found else None


def _person(person: dict[str, Any], path: Path) -> dict[str, Any]:
    read = dict(person)
    for key, old in _OLD_KEYS.items():
        if key not in read and old in read:
            read[key] = read.pop(old)
        if isinstance(read.get(key), list):
            read[key] = _without_null(read[key])
    body = read.get(_BODY)
    if not isinstance(body, list) or not all(isinstance(x, (int, float)) for x in body):
        return read  # whoever draws it says what is wrong
    if len(body) == 3 * _COCO_18:
        read[_BODY] = body = _as_body_25(body)
    if len(body) % 3 == 0:
        points = np.array(body, np.float64).reshape(-1, 3)
        found = points[(points[:, 2] > 0) & points[:, :2].any(axis=1)]
        check_pixels(found, f"{path}: points of people")
    return read


def _without_null(values: list[Any]) -> list[Any]:
    """Returns values with each point that has a null as one that was not detected."""
    if len(values) % 3 or None not in values:
        return values
    triples = (values[i : i + 3] for i in range(0, len(values), 3))
    return [x for triple in triples for x in ([0.0] * 3 if None in triple else triple)]


def _as_body_25(body: list[float]) -> list[float]:
    points = np.zeros((25, 3))
    points[list(_FROM_COCO_18)] = np.array(body, np.float64).reshape(-1, 3)
    hips = points[list(_HIPS)]
    if (hips[:, 2] > 0).all():
        points[_MIDDLE_HIP] = hips.mean(axis=0)
    return points.ravel().tolist()


def _is_detected(person: dict[str, Any]) -> bool:
    """Returns whether a body has any point."""
    body = person.get(_BODY)
    return not isinstance(body, list) or any(body)
