"""Scenes in which the method is known to fail, as clips, with a number each.

M.-Y. Liu names the cases in his talk on vid2vid, see `docs/talk.md`. All scenes are of
the toy street (`toy_street/failures.py`), whose exact flow says which
surface is where in any two frames.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from v2v_tf.data.clips import Clip
from v2v_tf.metrics.image import contrast_per_frame, drift, psnr, sharpness_per_frame
from v2v_tf.metrics.instances import color_spread
from v2v_tf.metrics.temporal import warping_difference
from v2v_tf.toy_street import failures as scenes
from v2v_tf.toy_street.scene import plan_street
from v2v_tf.toy_street.street import ToyStreet
from v2v_tf.toy_street.world import Scene

Numbers = dict[str, float]
# Of a street, its clip, the frames after the first `history`, and that number.
Measure = Callable[[ToyStreet, Clip, np.ndarray, int], Numbers]
_ENDS = 30  # frames at either end of a long drive that are compared


@dataclass(frozen=True)
class Case:
    """Describes a kind of scene.

    Attributes:
        name: name of the case and of its video.
        plan: function from a seed and a number of frames to a scene.
        num_frames: number of frames of the scene.
        measure: function that returns the numbers of the case, each with its own key.
    """

    name: str
    plan: Callable[[int | Sequence[int], int], Scene]
    num_frames: int
    measure: Measure


CASES = (
    Case(
        "turning_car",
        scenes.plan_turning_car,
        40,
        lambda street, clip, frames, n: {"car_error_turning": car_error(clip, frames)},
    ),
    Case(
        "straight_car",
        scenes.plan_straight_car,
        40,
        lambda street, clip, frames, n: {"car_error_straight": car_error(clip, frames)},
    ),
    Case(
        "diversity",
        plan_street,
        30,
        lambda street, clip, frames, n: {"spread": spread(clip, frames)},
    ),
    Case(
        "return",
        scenes.plan_return,
        60,
        lambda street, clip, frames, n: {
            "return_error": return_error(street, frames, n)
        },
    ),
)


def long_drive(num_frames: int) -> Case:
    """Returns the case of a long drive."""
    return Case(
        "long_drive",
        plan_street,
        num_frames,
        lambda street, clip, frames, n: long_drift(clip, frames),
    )


def clip_of(street: ToyStreet) -> Clip:
    """Returns all frames of a street, as clip records hold them."""
    frames = [street.frame(t) for t in range(street.num_frames)]
    visible = np.stack([one.visible for one in frames[1:]])[..., None]
    return Clip(
        conditions=np.stack([one.label_map for one in frames])[..., None],
        instances=np.stack([one.instance_map for one in frames]).astype(np.int32),
        frames=np.stack([one.frame for one in frames]),
        flow=np.stack([one.flow for one in frames[1:]]),
        flow_confidence=visible.astype(np.float32),
    )


def car_error(clip: Clip, frames: np.ndarray) -> float:
    """Returns how wrong the car ahead is in the last third of the frames.

    Args:
        clip: clip of `plan_turning_car` or `plan_straight_car`.
        frames: uint8 [F, H, W, 3], its last F frames, generated.

    Returns:
        Mean of |frame - real frame| over the car's pixels, in [0, 1].
    """
    last = len(frames) // 3
    on_car = clip.require("instances")[-last:] == scenes.TURNING_CAR
    apart = frames[-last:].astype(np.int16) - clip.require("frames")[-last:]
    return float(np.abs(apart)[on_car].mean() / 255.0)


def spread(clip: Clip, frames: np.ndarray) -> float:
    """Returns how far apart the colours of instances are, see `color_spread`."""
    return color_spread(frames, clip.require("instances")[-len(frames) :])


def return_error(street: ToyStreet, frames: np.ndarray, history: int) -> float:
    """Returns how much a place has changed when it is visible again.

    Only surfaces count that were out of sight where the drive turned back.

    Args:
        street: clip of `plan_return`.
        frames: uint8 [T - history, H, W, 3].
        history: frames of the street before the first of them.

    Returns:
        Mean of |frame - first sight moved here by the exact flow|, in [0, 1]; NaN
        where nothing left the picture and came back.
    """
    total, count, middle = 0.0, 0, street.num_frames // 2
    for t in range(middle + 1, street.num_frames - history):
        before = street.num_frames - 1 - t
        flow, visible = street.flow_between(t, before)
        lost = visible & ~street.flow_between(t, middle)[1]
        if not lost.any():
            continue
        pair = np.stack([frames[before - history], frames[t - history]])
        apart = warping_difference(pair, flow[None])[0].numpy()[lost]
        total, count = total + float(apart.sum()), count + apart.size
    return total / (255.0 * count) if count else float("nan")


def long_drift(clip: Clip, frames: np.ndarray) -> Numbers:
    """Returns what a long drive loses: its last frames against its first ones.

    Args:
        clip: the drive.
        frames: uint8 [F, H, W, 3], its last F frames, generated.

    Returns:
        `psnr_first`, `psnr_last`, dB, of 30 frames at either end; `sharpness_drift`,
        `contrast_drift`, as `metrics.image.drift` has them.
    """
    real = clip.require("frames")[-len(frames) :]
    ends = {"first": slice(None, _ENDS), "last": slice(-_ENDS, None)}
    found = {f"psnr_{name}": psnr(frames[at], real[at]) for name, at in ends.items()}
    for name, measure in (
        ("sharpness", sharpness_per_frame),
        ("contrast", contrast_per_frame),
    ):
        found[f"{name}_drift"] = drift(measure(frames))
    return found
