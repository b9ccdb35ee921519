"""Colours of things: do they keep them, and how many are there?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from v2v_tf.metrics.checks import check_frames, check_shape

# Ids of things are label * 1000 + number (Cityscapes); smaller ones are labels.
FIRST_THING = 1000
MIN_PIXELS = 40


def instance_colors(
    frames: np.ndarray,
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_thing: int = FIRST_THING,
) -> dict[int, np.ndarray]:
    """Returns the mean colour of every thing in every frame.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W].
        min_pixels: where a thing covers fewer, it has no colour in that frame.
        first_thing: ids below are no things.

    Returns:
        Instance id to float64 [T, 3], RGB in [0, 1], NaN where it has none; things
        that never have one are left out.

    Raises:
        InputError: a wrong shape or value.
    """
    check_frames("frames", frames)
    check_shape("instances", instances, frames.shape[:3])
    colors: dict[int, np.ndarray] = {}
    for t, (frame, ids) in enumerate(zip(frames, instances, strict=True)):
        found, index, counts = np.unique(ids, return_inverse=True, return_counts=True)
        index = index.reshape(-1)
        sums = [np.bincount(index, frame[..., c].reshape(-1)) for c in range(3)]
        means = np.stack(sums, axis=-1) / counts[:, None] / 255.0
        for thing, count, mean in zip(found, counts, means, strict=True):
            if thing >= first_thing and count >= min_pixels:
                empty = np.full((len(frames), 3), np.nan)
                colors.setdefault(int(thing), empty)[t] = mean
    return colors


def color_drift(
    frames: np.ndarray,
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_thing: int = FIRST_THING,
) -> float:
    """Returns how far things wander from the colour that they were first shown in.

    For each thing the mean, over its later frames, of |colour - first colour|,
    averaged over channels; things weigh the same. The real clip's own value is not 0
    (light, and parts that come into view): print it beside.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W], of the reference.
        min_pixels: see `instance_colors`.
        first_thing: likewise.

    Returns:
        In [0, 1]; NaN where no thing has a colour in two frames.

    Raises:
        InputError: a wrong shape or value.
    """
    wandered = []
    found = instance_colors(frames, instances, min_pixels, first_thing)
    for colors in found.values():
        shown = colors[~np.isnan(colors[:, 0])]
        if len(shown) > 1:
            wandered.append(np.abs(shown[1:] - shown[0]).mean())
    return float(np.mean(wandered)) if wandered else float("nan")


def color_spread(
    frames: np.ndarray,
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_thing: int = FIRST_THING,
) -> float:
    """Returns how far apart the colours of the things of one video are.

    The mean over all pairs of things of |colour - colour|, averaged over channels; a
    thing's colour is its mean over the frames that show it.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W], of the reference.
        min_pixels: see `instance_colors`.
        first_thing: likewise.

    Returns:
        In [0, 1]; NaN where there are not two things.

    Raises:
        InputError: a wrong shape or value.
    """
    colors = _mean_colors(frames, instances, min_pixels, first_thing)
    return _mean_distance(list(colors.values()))


def style_diversity(
    videos: Sequence[np.ndarray],
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_thing: int = FIRST_THING,
) -> float:
    """Returns how differently several videos of one scene paint the same things.

    For each thing the mean over all pairs of videos of |colour - colour|, as in
    `color_spread`; things weigh the same.

    Args:
        videos: uint8 [T, H, W, 3], each.
        instances: integers [T, H, W], of all of them.
        min_pixels: see `instance_colors`.
        first_thing: likewise.

    Returns:
        In [0, 1]: 0 for equal videos; NaN for fewer than two, or where there is no
        thing.

    Raises:
        InputError: a wrong shape or value.
    """
    found = [_mean_colors(v, instances, min_pixels, first_thing) for v in videos]
    if len(found) < 2 or not found[0]:
        return float("nan")
    distances = [_mean_distance([of[thing] for of in found]) for thing in found[0]]
    return float(np.mean(distances))


def _mean_colors(
    frames: np.ndarray, instances: np.ndarray, min_pixels: int, first_thing: int
) -> dict[int, np.ndarray]:
    found = instance_colors(frames, instances, min_pixels, first_thing)
    return {thing: np.nanmean(colors, axis=0) for thing, colors in found.items()}


def _mean_distance(colors: list[np.ndarray]) -> float:
    pairs = [np.abs(a - b).mean() for a, b in itertools.combinations(colors, 2)]
    return float(np.mean(pairs)) if pairs else float("nan")
