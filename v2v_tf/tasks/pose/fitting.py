"""Skeletons moved to another person's place, size and proportions.

All is measured once per clip, by medians over its frames, so that no frame's error
moves the result:

- size: the summed lengths of trunk, thighs and shins, of those bones that both clips
  show; of shoulders and arms where neither trunk nor legs are shared;
- place: the ground under the hips (x of the middle of the hips, y of the lower ankle)
  where both clips show it in half of their frames, else the hips, else the neck.

The source's own motion is kept, scaled: who walks a step walks a step of that size.

With `limbs`, every bone then gets the reference's length: it keeps the source's
direction, and its length of each frame times the ratio of the two medians, so that
foreshortening stays too. Left and right share a ratio; feet, and the head with its
face, each scale as one, since their bones turn too much in depth to be measured alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.points_over_time import median
from v2v_tf.tasks.pose.people import BODY, FACE, HANDS

Bone = tuple[int, int]
Lengths = dict[Bone, float]
Anchor = Literal["feet", "hips", "neck"]

NOSE, NECK, HIPS = 0, 1, 8
WRISTS = 7, 4  # left and right, as the hands
ANKLES = [11, 14]
# From the neck outwards; the bones of a group share one ratio.
BONE_GROUPS: dict[str, tuple[Bone, ...]] = {
    "trunk": ((1, 8),),
    "neck": ((1, 0),),
    "head": ((0, 15), (0, 16), (15, 17), (16, 18)),
    "shoulders": ((1, 2), (1, 5)),
    "upper arms": ((2, 3), (5, 6)),
    "forearms": ((3, 4), (6, 7)),
    "hips": ((8, 9), (8, 12)),
    "thighs": ((9, 10), (12, 13)),
    "shins": ((10, 11), (13, 14)),
    "feet": ((11, 24), (11, 22), (22, 23), (14, 21), (14, 19), (19, 20)),
}
_BONES = [bone for bones in BONE_GROUPS.values() for bone in bones]
_PARENTS = {child: parent for parent, child in _BONES}
_SIZE_GROUPS = (("trunk", "thighs", "shins"), ("shoulders", "upper arms", "forearms"))


@dataclass(frozen=True)
class Placement:
    """Places all of a clip by one scale and shift: to + scale * (point - origin).

    Attributes:
        scale: the reference's size by the source's.
        origin: float64 [2], the source's anchor, pixels.
        to: float64 [2], the reference's.
        anchor: name of the points, such as a bone, that both clips have.
    """

    scale: float
    origin: np.ndarray
    to: np.ndarray
    anchor: Anchor

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Returns points [..., C] in place, what follows x and y as it was."""
        placed = points.copy()
        placed[..., :2] = self.to + self.scale * (points[..., :2] - self.origin)
        return placed


def place(source: np.ndarray, reference: np.ndarray) -> Placement:
    """Measures two clips against each other.

    Args:
        source: [T, 137, 3], see `people`.
        reference: [S, 137, 3].

    Raises:
        InputError: they share no bone to compare, or neither hips nor neck.
    """
    lengths, wanted = bone_lengths(source), bone_lengths(reference)
    for groups in _SIZE_GROUPS:
        bones = [bone for name in groups for bone in BONE_GROUPS[name]]
        scale = _ratio(bones, lengths, wanted)
        if scale is not None:
            break
    else:
        raise InputError(
            "the source and the reference must both show a trunk, a leg or an arm to "
            "compare their sizes, got none that is in both: name other sequences"
        )
    anchor = _shared_anchor(source, reference)
    return Placement(
        scale,
        median(_anchors(source)[anchor]),
        median(_anchors(reference)[anchor]),
        anchor,
    )


def fit_limbs(
    source: np.ndarray, reference: np.ndarray, placement: Placement
) -> np.ndarray:
    """Gives a placed skeleton the reference's proportions.

    It is walked from the neck outwards. A joint whose parent is missing hangs on the
    next detected one, by the mean ratio of the bones between; one without any is placed
    as the whole clip is. Hands follow their wrist, where it is detected, in the size of
    the whole; the face follows the nose in the size of the head. At last all frames are
    shifted alike, so that the clip's anchor is the reference's again.

    Args:
        source: [T, 137, 3].
        reference: [S, 137, 3].
        placement: scale and shift from `place`.

    Returns:
        [T, 137, 3]; what the source misses is missing.
    """
    ratios = limb_ratios(source, reference, placement.scale)
    fitted = placement.apply(source)
    for frame, placed in zip(source, fitted, strict=True):
        for _, child in _BONES:
            parent, ratio = _seen_parent(frame, child, ratios)
            if parent is not None:
                step = frame[child, :2] - frame[parent, :2]
                placed[child, :2] = placed[parent, :2] + ratio * step
    scale, head = placement.scale, ratios[BONE_GROUPS["head"][0]]
    followers = zip((NOSE, *WRISTS), (FACE, *HANDS), (head, scale, scale), strict=True)
    for joint, part, ratio in followers:
        detected = np.isfinite(source[:, joint, 0])
        steps = source[detected, part, :2] - source[detected, joint, np.newaxis, :2]
        fitted[detected, part, :2] = (
            fitted[detected, joint, np.newaxis, :2] + ratio * steps
        )
    fitted[..., :2] += placement.to - median(_anchors(fitted)[placement.anchor])
    return fitted


def limb_ratios(source: np.ndarray, reference: np.ndarray, scale: float) -> Lengths:
    """Returns by what each bone's length is multiplied.

    Args:
        source: [T, 137, 3].
        reference: [S, 137, 3].
        scale: ratio for bones that one of the two never shows.
    """
    lengths, wanted = bone_lengths(source), bone_lengths(reference)
    ratios: Lengths = {}
    for bones in BONE_GROUPS.values():
        ratio = _ratio(bones, lengths, wanted)
        ratios |= dict.fromkeys(bones, scale if ratio is None else ratio)
    return ratios


def bone_lengths(points: np.ndarray) -> Lengths:
    """Returns the median length of every bone that a clip [T, 137, 3] shows, pixels."""
    body = points[:, BODY, :2]
    parents, children = np.array(_BONES).T
    lengths = median(np.linalg.norm(body[:, parents] - body[:, children], axis=-1))
    return {
        bone: float(length)
        for bone, length in zip(_BONES, lengths, strict=True)
        if length > 0
    }


def _ratio(
    bones: list[Bone] | tuple[Bone, ...], lengths: Lengths, wanted: Lengths
) -> float | None:
    """Returns the ratio of summed lengths of the bones that both know."""
    shared = [bone for bone in bones if bone in lengths and bone in wanted]
    if not shared:
        return None
    return sum(wanted[bone] for bone in shared) / sum(lengths[bone] for bone in shared)


def _seen_parent(
    frame: np.ndarray, child: int, ratios: Lengths
) -> tuple[int | None, float]:
    """Returns the nearest detected joint towards the neck, and the ratio up to it."""
    passed = []
    joint = child
    while joint in _PARENTS:
        parent = _PARENTS[joint]
        passed.append(ratios[parent, joint])
        if np.isfinite(frame[parent, 0]):
            return parent, float(np.mean(passed))
        joint = parent
    return None, 1.0


def _shared_anchor(source: np.ndarray, reference: np.ndarray) -> Anchor:
    ours, theirs = _anchors(source), _anchors(reference)
    for anchor in ours:
        if min(_share(ours[anchor]), _share(theirs[anchor])) >= 0.5:
            return anchor
    if not min(_share(ours["neck"]), _share(theirs["neck"])) > 0:
        raise InputError(
            "the source and the reference must both show the neck or the hips to be "
            "placed alike, got frames without: name other sequences"
        )
    return "neck"


def _anchors(points: np.ndarray) -> dict[Anchor, np.ndarray]:
    """Returns what a clip may be placed by, [T, 2] each, the best first."""
    # fmax takes the ankle that is detected.
    ground = np.fmax(*points[:, ANKLES, 1].T)
    feet = np.stack([points[:, HIPS, 0], ground], axis=-1)
    return {"feet": feet, "hips": points[:, HIPS, :2], "neck": points[:, NECK, :2]}


def _share(anchors: np.ndarray) -> float:
    return float(np.isfinite(anchors).all(axis=-1).mean())
