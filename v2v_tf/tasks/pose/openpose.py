"""Files of OpenPose, in the ways that versions and other tools write them."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.files import read_text
from v2v_tf.tasks.points import check_pixels
from v2v_tf.tasks.pose import skeleton

# Names that OpenPose had before version 1.4, by today's.
_OLD_KEYS = {
    "pose_keypoints_2d": "pose_keypoints",
    "face_keypoints_2d": "face_keypoints",
    "hand_left_keypoints_2d": "hand_left_keypoints",
    "hand_right_keypoints_2d": "hand_right_keypoints",
}
_BODY = "pose_keypoints_2d"
_CONFIDENCES = {
    _BODY: skeleton.BODY_CONFIDENCE,
    "face_keypoints_2d": skeleton.FACE_CONFIDENCE,
    "hand_left_keypoints_2d": skeleton.HAND_CONFIDENCE,
    "hand_right_keypoints_2d": skeleton.HAND_CONFIDENCE,
}
_COCO_18 = 18
# Where BODY_25 has the points of COCO-18: it adds the middle of the hips, and feet.
_FROM_COCO_18 = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
_HIPS, _MIDDLE_HIP = (9, 12), 8


def read_openpose(path: Path) -> dict[str, Any] | None:
    """Reads the people of an OpenPose JSON.

    Names of points from before version 1.4, bodies of COCO-18 (whose feet are missing,
    and whose middle of the hips is the mean of both), points that are null or NaN and
    numbers in quotes are written as BODY_25 has them. People of whose body nothing
    would be drawn are left out.

    Args:
        path: path of the file.

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
            read[key] = _numbers(read[key], f"{path}: `{key}`")
    body = read.get(_BODY)
    if isinstance(body, list) and len(body) == 3 * _COCO_18 and _are_numbers(body):
        read[_BODY] = _as_body_25(body)
    for key, confidence in _CONFIDENCES.items():
        values = read.get(key)
        if _is_table(values):
            points = np.array(values, np.float64).reshape(-1, 3)
            found = points[skeleton.is_trusted(points, confidence)]
            part = "" if key == _BODY else f" (`{key}`)"
            check_pixels(found, f"{path}: points of people{part}")
    return read


def _numbers(values: list[Any], name: str) -> list[Any]:
    """Returns values with text as numbers, and points that are null as not detected.

    Args:
        values: numbers of one part of a person; what cannot be read is left as it is,
            for whoever draws it says what is wrong.
        name: name of the values and their file, for the message.

    Raises:
        InputError: an infinite number.
    """
    read = [_number(value) for value in values]
    if any(isinstance(x, float) and math.isinf(x) for x in read):
        raise InputError(
            f"{name} must be finite numbers, got an infinite one: write 0, 0, 0 for a "
            "point that was not detected"
        )
    missing = [x is None or x != x for x in read]
    if len(read) % 3 or not any(missing):
        return read
    triples = (range(i, i + 3) for i in range(0, len(read), 3))
    lost = {i for triple in triples if any(missing[i] for i in triple) for i in triple}
    return [0.0 if i in lost else x for i, x in enumerate(read)]


def _number(value: Any) -> Any:
    """Returns the number that a text holds; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value


def _are_numbers(values: list[Any]) -> bool:
    return all(isinstance(x, (int, float)) for x in values)


def _is_table(values: Any) -> bool:
    """Returns whether these are x, y, confidence of some points."""
    return isinstance(values, list) and len(values) % 3 == 0 and _are_numbers(values)


def _as_body_25(body: list[float]) -> list[float]:
    points = np.zeros((25, 3))
    points[list(_FROM_COCO_18)] = np.array(body, np.float64).reshape(-1, 3)
    hips = points[list(_HIPS)]
    if (hips[:, 2] > 0).all():
        points[_MIDDLE_HIP] = hips.mean(axis=0)
    return points.ravel().tolist()


def _is_detected(person: dict[str, Any]) -> bool:
    """Returns whether a body has any point that would be drawn."""
    body = person.get(_BODY)
    if not _is_table(body):
        return True  # whoever draws it says what is wrong
    points = np.array(body, np.float64).reshape(-1, 3)
    return bool(skeleton.is_trusted(points, skeleton.BODY_CONFIDENCE).any())
