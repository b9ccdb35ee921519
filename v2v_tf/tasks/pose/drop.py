"""Draws random drops: what training hides of a pose in one frame (method.md 2.5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from v2v_tf.tasks.pose import skeleton as pose_skeleton
from v2v_tf.tasks.pose.config import PoseConfig

NUM_PARTS = 24
HEAD_PARTS = (23, 24)
_HEAD_NOISE = 5.0
_FACE_SHIFT = 2.0

Offset = tuple[float, float]


@dataclass(frozen=True)
class PoseDrop:
    """Says what is left out or moved in one frame; the default changes nothing.

    Attributes:
        parts: DensePose parts, 1 .. 24, that are erased.
        limbs: indices into `pose_skeleton.LIMBS` that are not drawn.
        hands: whether the left and the right hand are not drawn.
        face: whether the face is not drawn.
        head_noise: (dx, dy) pixels of the source for each of
            `pose_skeleton.HEAD_POINTS`; empty for none.
        face_shift: (dx, dy) pixels of the source, common to all face points.
    """

    parts: frozenset[int] = frozenset()
    limbs: frozenset[int] = frozenset()
    hands: tuple[bool, bool] = (False, False)
    face: bool = False
    head_noise: tuple[Offset, ...] = ()
    face_shift: Offset = (0.0, 0.0)

    @classmethod
    def draw(cls, rng: np.random.Generator, config: PoseConfig) -> PoseDrop:
        """Draws the drops of one frame.

        The same number of values is taken from `rng` whatever the configuration.

        Args:
            rng: source of randomness, the caller's.
            config: `random_drop_prob` is the chance of each part, limb, hand and of
                the face; `remove_face_labels` erases the head parts and adds noise
                to the head (5 pixels) and a shift of the face (2 pixels).
        """
        probability = config.random_drop_prob
        parts = np.flatnonzero(rng.random(NUM_PARTS) < probability) + 1
        limbs = np.flatnonzero(rng.random(len(pose_skeleton.LIMBS)) < probability)
        left, right, face = (rng.random(3) < probability).tolist()
        noise = rng.normal(0.0, _HEAD_NOISE, (len(pose_skeleton.HEAD_POINTS), 2))
        shift = rng.normal(0.0, _FACE_SHIFT, 2)
        drop = cls(
            parts=frozenset(parts.tolist()),
            limbs=frozenset(limbs.tolist()),
            hands=(left, right),
            face=face,
        )
        if not config.remove_face_labels:
            return drop
        return cls(
            parts=drop.parts | frozenset(HEAD_PARTS),
            limbs=drop.limbs,
            hands=drop.hands,
            face=drop.face,
            head_noise=tuple((float(dx), float(dy)) for dx, dy in noise),
            face_shift=(float(shift[0]), float(shift[1])),
        )


def drop_densepose(densepose: np.ndarray, drop: PoseDrop) -> np.ndarray:
    """Erases the dropped parts.

    Args:
        densepose: uint8 [H, W, 3], U, V, part index; of any size.
        drop: the drops of this frame.

    Returns:
        uint8 [H, W, 3], zero in all channels where a part was dropped.
    """
    if not drop.parts:
        return densepose
    kept = np.ones(256, np.uint8)
    kept[list(drop.parts)] = 0
    return densepose * kept[densepose[..., 2]][..., np.newaxis]
