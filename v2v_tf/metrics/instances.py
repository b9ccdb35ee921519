"""Colours of instances: do they keep them, and how many are there?"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from v2v_tf.metrics.checks import check_frames, check_shape

# Ids of instances are label * 1000 + number (Cityscapes); smaller ones are labels.
FIRST_INSTANCE = 1000
MIN_PIXELS = 40


def instance_colors(
    frames: np.ndarray,
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_instance: int = FIRST_INSTANCE,
) -> dict[int, np.ndarray]:
    """Returns the mean colour of every instance in every frame.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W].
        min_pixels: least number of pixels; an instance of fewer has no colour in that
            frame.
        first_instance: least id of an instance; smaller ids are labels.

    Returns:
        Instance id to float64 [T, 3], RGB in [0, 1], NaN where it has none; instances
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
        for instance, count, mean in zip(found, counts, means, strict=True):
            if instance >= first_instance and count >= min_pixels:
                empty = np.full((len(frames), 3), np.nan)
                colors.setdefault(int(instance), empty)[t] = mean
    return colors


def color_drift(
    frames: np.ndarray,
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_instance: int = FIRST_INSTANCE,
) -> float:
    """Returns how far instances wander from the colour that they were first shown in.

    For each instance the mean, over its later frames, of |colour - first colour|,
    averaged over channels; instances weigh the same. The real clip's own value is not 0
    (light, and parts that come into view): print it beside.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W], of the reference.
        min_pixels: least number of pixels of an instance, see `instance_colors`.
        first_instance: least id of an instance; smaller ids are labels.

    Returns:
        In [0, 1]; NaN where no instance has a colour in two frames.

    Raises:
        InputError: a wrong shape or value.
    """
    wandered = []
    found = instance_colors(frames, instances, min_pixels, first_instance)
    for colors in found.values():
        shown = colors[~np.isnan(colors[:, 0])]
        if len(shown) > 1:
            wandered.append(np.abs(shown[1:] - shown[0]).mean())
    return float(np.mean(wandered)) if wandered else float("nan")


def color_error(
    frames: np.ndarray,
    real: np.ndarray,
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_instance: int = FIRST_INSTANCE,
) -> float:
    """Returns how far the colours of instances are from the real ones.

    For each instance the mean over its frames of |colour - real colour|, averaged over
    channels; instances weigh the same.

    Args:
        frames: uint8 [T, H, W, 3].
        real: uint8 [T, H, W, 3].
        instances: integers [T, H, W], of the real frames.
        min_pixels: least number of pixels of an instance, see `instance_colors`.
        first_instance: least id of an instance; smaller ids are labels.

    Returns:
        In [0, 1]; NaN where no instance has a colour.

    Raises:
        InputError: a wrong shape or value.
    """
    check_shape("real", real, frames.shape)
    shown = instance_colors(frames, instances, min_pixels, first_instance)
    true = instance_colors(real, instances, min_pixels, first_instance)
    errors = [float(np.nanmean(np.abs(shown[key] - true[key]))) for key in shown]
    return float(np.mean(errors)) if errors else float("nan")


def color_spread(
    frames: np.ndarray,
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_instance: int = FIRST_INSTANCE,
) -> float:
    """Returns how far apart the colours of the instances of one video are.

    The mean over all pairs of instances of |colour - colour|, averaged over channels;
    an instance's colour is its mean over the frames that show it.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W], of the reference.
        min_pixels: least number of pixels of an instance, see `instance_colors`.
        first_instance: least id of an instance; smaller ids are labels.

    Returns:
        In [0, 1]; NaN where there are not two instances.

    Raises:
        InputError: a wrong shape or value.
    """
    colors = _mean_colors(frames, instances, min_pixels, first_instance)
    return _mean_distance(list(colors.values()))


def style_diversity(
    videos: Sequence[np.ndarray],
    instances: np.ndarray,
    min_pixels: int = MIN_PIXELS,
    first_instance: int = FIRST_INSTANCE,
) -> float:
    """Returns how differently several videos of one scene paint the same instances.

    For each instance the mean over all pairs of videos of |colour - colour|, as in
    `color_spread`; instances weigh the same.

    Args:
        videos: uint8 [T, H, W, 3], each.
        instances: integers [T, H, W], of all of them.
        min_pixels: least number of pixels of an instance, see `instance_colors`.
        first_instance: least id of an instance; smaller ids are labels.

    Returns:
        In [0, 1]: 0 for equal videos; NaN for fewer than two, or where there is no
        instance.

    Raises:
        InputError: a wrong shape or value.
    """
    found = [_mean_colors(v, instances, min_pixels, first_instance) for v in videos]
    if len(found) < 2 or not found[0]:
        return float("nan")
    distances = [
        _mean_distance([of[instance] for of in found]) for instance in found[0]
    ]
    return float(np.mean(distances))


def _mean_colors(
    frames: np.ndarray, instances: np.ndarray, min_pixels: int, first_instance: int
) -> dict[int, np.ndarray]:
    found = instance_colors(frames, instances, min_pixels, first_instance)
    return {instance: np.nanmean(colors, axis=0) for instance, colors in found.items()}


def _mean_distance(colors: list[np.ndarray]) -> float:
    pairs = [np.abs(a - b).mean() for a, b in itertools.combinations(colors, 2)]
    return float(np.mean(pairs)) if pairs else float("nan")
