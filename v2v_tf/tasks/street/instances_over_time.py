"""Numbers the objects of label maps, and follows them from frame to frame.

An object is a connected part of a label that counts objects, or what was told apart in
it before. It is followed along the optical flow: a part goes on with the number of what
the flow moves onto it. So two cars that touch stay two, if they were apart when they
were first seen, and the parts of a car behind a pole stay one; parts that are far from
each other become two. What vanishes keeps its number for some frames, in which it is
moved on as it moved last, and gets it back where it is seen again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

# Smaller parts belong to the rest: this share of the frame, and so many pixels.
SPECK = 1e-4
_SPECK_PIXELS = 10
# Frames after which nothing is looked for where something was.
MEMORY = 15
# Share of the smaller one by which a part and what is expected overlap.
_OVERLAP = 0.5
# Parts of one object lie within this share of its size, the root of its area: poles
# are narrower.
_GAP = 0.1
PER_LABEL = 1000
_MAX_ID = int(np.iinfo(np.uint16).max)
_FLOW_SIDE = 16  # pixels; OpenCV's flow fails on less than 12


# Rows, columns, and which pixels there.
Piece = tuple[slice, slice, np.ndarray]


@dataclass
class _Lost:
    """Holds an object that is not seen: where it was last, and how it moved."""

    last: np.ndarray
    motion: tuple[float, float]
    frames: int = 1

    def expected(self) -> np.ndarray:
        """Returns where it is now, bool [H, W]; what leaves the frame is gone."""
        dx, dy = (self.frames * one for one in self.motion)
        shift = np.array([[1.0, 0.0, dx], [0.0, 1.0, dy]])
        size = (self.last.shape[1], self.last.shape[0])
        values = self.last.astype(np.uint8)
        return cv2.warpAffine(values, shift, size, flags=cv2.INTER_NEAREST) > 0


class InstanceFollower:
    """Numbers objects, one frame after the other.

    Args:
        things: labels that count objects, 1 .. 65; all pixels of others are one.

    Example:
        ```python
        >>> import numpy as np
        >>> follower = InstanceFollower(things=[6])
        >>> labels = np.zeros([32, 48], np.uint8)
        >>> labels[4:12, 5:14] = labels[20:30, 30:41] = 6
        >>> np.unique(follower.step(np.zeros([32, 48, 3], np.uint8), labels)).tolist()
        [0, 6000, 6001]

        ```
    """

    def __init__(self, things: Sequence[int]) -> None:
        self._things = tuple(things)
        self._image: np.ndarray | None = None
        self._ids = np.zeros((0, 0), np.int32)
        self._next = dict.fromkeys(things, 0)
        self._motion: dict[int, tuple[float, float]] = {}
        self._lost: dict[int, _Lost] = {}

    def step(self, image: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Numbers the objects of the next frame.

        Args:
            image: uint8 [H, W, 3], RGB.
            labels: integers [H, W].

        Returns:
            uint16 [H, W]: label * 1000 + number for objects, the label for the rest,
            for specks, and for objects for which no number is left.
        """
        flow = self._flow(image)
        expected = self._expected(flow, labels.shape)
        least = max(SPECK * labels.size, _SPECK_PIXELS)
        ids = np.zeros(labels.shape, np.int32)
        for label in self._things:
            self._number(label, labels == label, expected, least, ids)
        self._remember(ids, flow)
        self._image, self._ids = image, ids
        return np.where(ids > 0, ids, labels).astype(np.uint16)

    def _flow(self, image: np.ndarray) -> np.ndarray:
        """Returns where each pixel was in the frame before, pixels from its place."""
        before = self._image
        if before is None or before.shape != image.shape:
            self._ids = np.zeros(image.shape[:2], np.int32)
            self._lost.clear()
            before = image
        if min(image.shape[:2]) < _FLOW_SIDE:
            return np.zeros((*image.shape[:2], 2), np.float32)
        # It keeps its last result as a start: a fresh one depends on the frames alone.
        return cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_FAST).calc(
            cv2.cvtColor(image, cv2.COLOR_RGB2GRAY),
            cv2.cvtColor(before, cv2.COLOR_RGB2GRAY),
            None,
        )

    def _expected(self, flow: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """Returns the ids that the frame before says, int32 [H, W], 0 for none."""
        rows, columns = np.indices(shape)
        x = np.rint(columns + flow[..., 0]).astype(np.int64)
        y = np.rint(rows + flow[..., 1]).astype(np.int64)
        inside = (x >= 0) & (x < shape[1]) & (y >= 0) & (y < shape[0])
        expected = np.zeros(shape, np.int32)
        expected[inside] = self._ids[y[inside], x[inside]]
        for number, lost in self._lost.items():
            lost.frames += 1
            expected[lost.expected() & (expected == 0)] = number
        return expected

    def _number(
        self,
        label: int,
        mask: np.ndarray,
        expected: np.ndarray,
        least: float,
        ids: np.ndarray,
    ) -> None:
        """Writes the ids of one label's objects."""
        ours = np.where(expected // PER_LABEL == label, expected, 0)
        areas = dict(zip(*np.unique(ours, return_counts=True), strict=True))
        count, parts, stats, _ = cv2.connectedComponentsWithStats(
            mask.astype(np.uint8), connectivity=8
        )
        unknown: list[Piece] = []
        known: dict[int, list[Piece]] = {}
        for part in range(1, count):
            left, top, width, height, area = stats[part]
            if area < least:
                continue
            rows, columns = slice(top, top + height), slice(left, left + width)
            here = parts[rows, columns] == part
            before = np.where(here, ours[rows, columns], 0)
            found, shared = np.unique(before[before > 0], return_counts=True)
            kept = [
                int(one)
                for one, n in zip(found, shared, strict=True)
                if n >= _OVERLAP * min(areas[one], area)
            ]
            if not kept:
                unknown.append((rows, columns, here))
            for one, piece in _divided(here, before, kept):
                known.setdefault(one, []).append((rows, columns, piece))
        for one, pieces in known.items():
            known[one], far = _near(pieces)
            unknown.extend(far)
        # What appears on the other side of a pole goes on with the object before it.
        for rows, columns, here in unknown:
            near = [one for one in known if _is_near((rows, columns, here), known[one])]
            one = near[0] if len(near) == 1 else self._new(label)
            ids[rows, columns][here] = one
        for one, pieces in known.items():
            for rows, columns, here in pieces:
                ids[rows, columns][here] = one

    def _new(self, label: int) -> int:
        """Returns the next id of a label; 0 where none is left."""
        number = self._next[label]
        found = label * PER_LABEL + number
        if number >= PER_LABEL or found > _MAX_ID:
            return 0
        self._next[label] = number + 1
        return found

    def _remember(self, ids: np.ndarray, flow: np.ndarray) -> None:
        """Keeps how objects move, and those that are gone."""
        seen = {int(one) for one in np.unique(ids) if one}
        for one in {int(one) for one in np.unique(self._ids) if one} - seen:
            self._lost[one] = _Lost(self._ids == one, self._motion[one])
        for one in list(self._lost):
            if one in seen or self._lost[one].frames > MEMORY:
                del self._lost[one]
        self._motion = {one: self._motion_of(one, ids, flow) for one in seen}

    def _motion_of(
        self, one: int, ids: np.ndarray, flow: np.ndarray
    ) -> tuple[float, float]:
        dx, dy = np.median(flow[ids == one], axis=0)
        return -float(dx), -float(dy)


def _divided(
    here: np.ndarray, before: np.ndarray, kept: Sequence[int]
) -> list[tuple[int, np.ndarray]]:
    """Divides a part among the objects in it: each pixel goes to the nearest one."""
    if len(kept) < 2:
        return [(one, here) for one in kept]
    seeds = np.isin(before, kept)
    _, nearest = cv2.distanceTransformWithLabels(
        (~seeds).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    owners = np.zeros(int(nearest.max()) + 1, np.int32)
    owners[nearest[seeds]] = before[seeds]
    owner = np.where(here, owners[nearest], 0)
    return [(one, owner == one) for one in kept]


def _is_near(piece: Piece, others: list[Piece]) -> bool:
    """Returns whether a piece lies within reach of an object."""
    reach = _GAP * np.sqrt(sum(int(other[2].sum()) for other in others))
    return min(_gap(piece, other) for other in others) <= reach


def _near(pieces: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Returns the pieces that are near the largest one, and the others."""
    ordered = sorted(pieces, key=lambda piece: -int(piece[2].sum()))
    reach = _GAP * np.sqrt(sum(int(piece[2].sum()) for piece in pieces))
    near: list[Piece] = ordered[:1]
    far: list[Piece] = []
    for piece in ordered[1:]:
        gaps = [_gap(piece, other) for other in near]
        (near if min(gaps) <= reach else far).append(piece)
    return near, far


def _gap(one: Piece, other: Piece) -> float:
    """Returns the distance between the boxes of two pieces, pixels."""
    apart = [
        max(a.start - b.stop, b.start - a.stop, 0)
        for a, b in zip(one[:2], other[:2], strict=True)
    ]
    return float(np.hypot(*apart))
