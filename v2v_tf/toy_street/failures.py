"""Plans scenes in which the method fails, as M.-Y. Liu says in his talk.

There are turning cars, whose other sides come into view, and places that leave the
picture and return. Each is a plan for `ToyStreet`, with exact labels and flow as any
other.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2v_tf.toy_street import things
from v2v_tf.toy_street.scene import drive, lay_out
from v2v_tf.toy_street.world import CAR, Scene, Thing, poses

TURNING_CAR = CAR * 1000  # its instance id: it is the first car
_GAP = 8.0  # metres ahead of us
_BEFORE = 6  # frames before it turns, and after


def plan_turning_car(seed: int | Sequence[int], num_frames: int) -> Scene:
    """Plans a street where the car ahead turns half around while it drives on.

    Args:
        seed: one or several non-negative integers.
        num_frames: T, 20 or more to be gentle.
    """
    return _car_ahead(seed, num_frames, np.pi)


def plan_straight_car(seed: int | Sequence[int], num_frames: int) -> Scene:
    """Plans the same street and car, which does not turn: what to compare with."""
    return _car_ahead(seed, num_frames, 0.0)


def plan_return(seed: int | Sequence[int], num_frames: int) -> Scene:
    """Plans a drive that goes back by the way it came.

    Frame T - 1 - t has the camera of frame t. Cars are parked; people walk.

    Args:
        seed: one or several non-negative integers.
        num_frames: T, even.
    """
    rng = np.random.default_rng(seed)
    there, _ = drive(rng, num_frames // 2)
    camera = np.concatenate([there, there[::-1]])
    return lay_out(rng, camera, lambda end: things.parked(rng, end, num_frames))


def _car_ahead(seed: int | Sequence[int], num_frames: int, angle: float) -> Scene:
    rng = np.random.default_rng(seed)
    camera, _ = drive(rng, num_frames)

    def cars(end: float) -> list[Thing]:
        part = (np.arange(num_frames) - _BEFORE) / max(num_frames - 2 * _BEFORE, 1)
        track = poses(
            num_frames,
            camera[:, 0],
            camera[:, 1] + _GAP,
            heading=angle * np.clip(part, 0.0, 1.0),
        )
        ahead = Thing(CAR, things.car(rng), track)
        return [ahead, *things.parked(rng, end, num_frames)]

    return lay_out(rng, camera, cars)
