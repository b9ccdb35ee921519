"""Reads OpenPose JSON as points of people, and writes it.

A person is float64 [137, 3]: body (25), face (70), left and right hand (21 each), each
x, y, confidence; NaN where drawing would leave the point out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from v2v_tf.tasks.points_over_time import is_detected
from v2v_tf.tasks.pose import skeleton
from v2v_tf.tasks.pose.skeleton import Person, Size

BODY = slice(0, 25)
FACE = slice(25, 95)
HANDS = slice(95, 116), slice(116, 137)
NUM_POINTS = 137
_PARTS = (
    (BODY, "pose_keypoints_2d", skeleton.BODY_CONFIDENCE),
    (FACE, "face_keypoints_2d", skeleton.FACE_CONFIDENCE),
    (HANDS[0], "hand_left_keypoints_2d", skeleton.HAND_CONFIDENCE),
    (HANDS[1], "hand_right_keypoints_2d", skeleton.HAND_CONFIDENCE),
)


def people_of(
    openpose: dict[str, Any] | None, size: Size, basic_point_only: bool
) -> list[np.ndarray]:
    """Returns everybody in a parsed OpenPose JSON, a person each, [137, 3].

    Args:
        openpose: of `read_openpose`; None where nobody was detected.
        size: (height, width) of the image it was made from.
        basic_point_only: read the body alone.

    Raises:
        InputError: see `skeleton.read_people`.
    """
    if openpose is None:
        return []
    people = skeleton.read_people(openpose, size, basic_point_only=basic_point_only)
    return [_points(person) for person in people]


def follow(frames: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Follows one person through a clip.

    It is the largest of the first frame that shows anybody, and then the one that is
    nearest to where that person was last, by the mean distance of the body points that
    both show; the larger one in doubt.

    Args:
        frames: everybody, frame by frame.

    Returns:
        [T, 137, 3]; NaN in frames that show nobody.
    """
    followed = np.full((len(frames), NUM_POINTS, 3), np.nan)
    last = None
    for time, people in enumerate(frames):
        visible = [person for person in people if is_detected(person[BODY]).any()]
        if not visible:
            continue
        before = last
        last = min(visible, key=lambda one: (_distance(one, before), -_extent(one)))
        followed[time] = last
    return followed


def follow_all(frames: Sequence[Sequence[np.ndarray]]) -> list[np.ndarray]:
    """Follows everybody whom all of some frames show, one after the other.

    Args:
        frames: see `follow`.

    Returns:
        [T, 137, 3] of each; the first is the one that `follow` finds, even where some
        frames show nobody.
    """
    left = [list(people) for people in frames]
    found = [follow(left)]
    while all(is_detected(found[-1][:, BODY]).any(axis=1)):
        for people, one in zip(left, found[-1], strict=True):
            taken = [np.array_equal(person, one, equal_nan=True) for person in people]
            del people[taken.index(True)]
        found.append(follow(left))
    return found[:-1] or found


def to_openpose(
    everybody: Sequence[np.ndarray], basic_point_only: bool
) -> dict[str, Any]:
    """Returns the OpenPose JSON of people, their points rounded to 0.001.

    Args:
        everybody: [137, 3] each; missing points become 0, 0, 0 as OpenPose writes
            them.
        basic_point_only: write the body alone.
    """
    people = [_person(points, basic_point_only) for points in everybody]
    return {"version": 1.2, "people": people}


def _person(points: np.ndarray, basic_point_only: bool) -> dict[str, Any]:
    known = np.where(is_detected(points)[:, np.newaxis], points, 0.0)
    return {
        key: np.round(known[part], 3).ravel().tolist()
        for part, key, _ in _PARTS
        if part is BODY or not basic_point_only
    }


def _points(person: Person) -> np.ndarray:
    points = np.full((NUM_POINTS, 3), np.nan)
    read = (person.body, person.face, *(person.hands or (None, None)))
    for (part, _, confidence), values in zip(_PARTS, read, strict=True):
        if values is not None:
            trusted = skeleton.is_trusted(values, confidence)
            points[part] = np.where(trusted[:, np.newaxis], values, np.nan)
    return points


def _distance(person: np.ndarray, last: np.ndarray | None) -> float:
    """Returns the mean distance of shared body points, infinite without any."""
    if last is None:
        return np.inf
    shared = is_detected(person[BODY]) & is_detected(last[BODY])
    if not shared.any():
        return np.inf
    moved = person[BODY][shared, :2] - last[BODY][shared, :2]
    return float(np.linalg.norm(moved, axis=-1).mean())


def _extent(person: np.ndarray) -> float:
    """Returns the diagonal of the box around a body, pixels."""
    body = person[BODY]
    return float(np.linalg.norm(np.ptp(body[is_detected(body), :2], axis=0)))
