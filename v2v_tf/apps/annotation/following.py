"""Follows one person through the frames of a shot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from v2v_tf.apps.annotation.findings import Found
from v2v_tf.detection.anchors import intersection_by_union
from v2v_tf.errors import InputError

# A person moves less than this much of its own size from a frame to the next.
_MOST_MOVED = 0.75
_LEAST_OVERLAP = 0.1
# Frames after which nobody is looked for where somebody was.
_MEMORY = 15


@dataclass(frozen=True)
class PersonChoice:
    """Says who is followed, where several are there.

    Attributes:
        kind: `largest`, the largest where somebody is first seen; `index`,
            counted from the left where they are first seen; `point`, who is nearest to
            a point of the picture there.
        index: number from the left, from 0.
        point: (x, y), pixels.

    Example:
        ```python
        >>> from v2v_tf.apps.annotation.following import parse_person
        >>> parse_person("point 320,180").point
        (320.0, 180.0)
        >>> parse_person("1")
        PersonChoice(kind='index', index=1, point=(0.0, 0.0))

        ```
    """

    kind: Literal["largest", "index", "point"] = "largest"
    index: int = 0
    point: tuple[float, float] = (0.0, 0.0)


def parse_person(text: str) -> PersonChoice:
    """Returns what `--person` means.

    Args:
        text: `largest`, a number from 0, or `point x,y`.

    Raises:
        InputError: none of them.
    """
    if text == "largest":
        return PersonChoice()
    if re.fullmatch(r"\d+", text):
        return PersonChoice("index", int(text))
    found = re.fullmatch(r"point[ :]?(-?[\d.]+)[, ](-?[\d.]+)", text)
    if found:
        return PersonChoice("point", point=(float(found[1]), float(found[2])))
    raise InputError(
        f"--person {text}: expected largest, a number from 0 (from the left), or "
        "'point x,y' in pixels"
    )


def follow(
    frames: Sequence[Sequence[Found]], choice: PersonChoice
) -> list[Found | None]:
    """Returns who was chosen, in every frame of a shot; None where nobody is seen.

    Args:
        frames: everybody who was found, frame by frame.
        choice: who is followed.

    Raises:
        InputError: there are fewer people than the number that was asked for.
    """
    follower = Follower(choice)
    return [follower.step(people) for people in frames]


class Follower:
    """Follows one person from frame to frame of a shot.

    Args:
        choice: who is followed.
    """

    def __init__(self, choice: PersonChoice) -> None:
        self._choice = choice
        self._last: Found | None = None
        self._lost = 0

    def step(self, people: Sequence[Found]) -> Found | None:
        """Returns who was chosen, in the next frame; None where nobody is seen.

        Args:
            people: everybody who was found in it.

        Raises:
            InputError: there are fewer people than the number that was asked for.
        """
        if self._last is None:
            found = _choose(people, self._choice) if people else None
        else:
            found = _nearest(self._last, people)
            if found is None and self._lost >= _MEMORY and people:
                # Gone for long: whoever is there now is chosen as at the beginning.
                found = _choose(people, PersonChoice())
        if found is not None:
            self._last, self._lost = found, 0
        else:
            self._lost += 1
        return found


def same_person(one: Found, people: Sequence[Found]) -> Found | None:
    """Returns who in another picture of the same moment is a person.

    Args:
        one: the person.
        people: everybody whom the other picture shows.

    Returns:
        Whose box overlaps most, or else whose middle is nearest; None of nobody.
    """
    if not people:
        return None
    boxes = np.array([other.box for other in people])
    overlaps = intersection_by_union(np.array(one.box), boxes)
    if overlaps.any():
        return people[int(np.argmax(overlaps))]
    return min(people, key=lambda other: _distance(_middle(other), _middle(one)))


def most_people(frames: Sequence[Sequence[Found]]) -> int:
    """Returns how many people one frame shows at most."""
    return max(map(len, frames), default=0)


def _choose(people: Sequence[Found], choice: PersonChoice) -> Found:
    if choice.kind == "index":
        if choice.index >= len(people):
            raise InputError(
                f"--person {choice.index}: expected 0 .. {len(people) - 1}, as "
                f"{len(people)} are seen in the first frame that shows anybody: what "
                "was found is kept, so give another with --resume"
            )
        return sorted(people, key=lambda one: one.box[0])[choice.index]
    if choice.kind == "point":
        return min(people, key=lambda one: _distance(_middle(one), choice.point))
    return max(people, key=lambda one: one.area)


def _nearest(last: Found, people: Sequence[Found]) -> Found | None:
    """Returns who the person of a frame before is, by overlap, then by distance."""
    if not people:
        return None
    boxes = np.array([one.box for one in people])
    overlaps = intersection_by_union(np.array(last.box), boxes)
    best = int(np.argmax(overlaps))
    if overlaps[best] >= _LEAST_OVERLAP:
        return people[best]
    near = min(people, key=lambda one: _distance(_middle(one), _middle(last)))
    size = np.sqrt(max(last.area, 1.0))
    moved = _distance(_middle(near), _middle(last)) / size
    alike = 0.5 < np.sqrt(max(near.area, 1.0)) / size < 2.0
    return near if moved <= _MOST_MOVED and alike else None


def _middle(one: Found) -> tuple[float, float]:
    left, top, right, bottom = one.box
    return (left + right) / 2, (top + bottom) / 2


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))
