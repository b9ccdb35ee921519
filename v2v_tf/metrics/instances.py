"""Do things keep their colours? Mean colours of instances over a clip."""

from __future__ import annotations

import numpy as np

from v2v_tf.metrics.checks import check_frames, check_shape

# Ids of things are label * 1000 + number (Cityscapes); smaller ones are labels.
FIRST_THING = 1000
MIN_PIXELS = 40


def instance_colors(
    frames: np.ndarray, instances: np.ndarray, min_pixels: int = MIN_PIXELS
) -> dict[int, np.ndarray]:
    """Returns the mean colour of every thing in every frame.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W]; ids below 1000 are no things.
        min_pixels: where a thing covers fewer, it has no colour in that frame.

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
            if thing >= FIRST_THING and count >= min_pixels:
                empty = np.full((len(frames), 3), np.nan)
                colors.setdefault(int(thing), empty)[t] = mean
    return colors


def color_drift(
    frames: np.ndarray, instances: np.ndarray, min_pixels: int = MIN_PIXELS
) -> float:
    """Returns how far things wander from the colour that they were first shown in.

    For each thing the mean, over its later frames, of |colour - first colour|,
    averaged over channels; things weigh the same. The real clip's own value is not 0
    (light, and parts that come into view): print it beside.

    Args:
        frames: uint8 [T, H, W, 3].
        instances: integers [T, H, W], of the reference.
        min_pixels: see `instance_colors`.

    Returns:
        In [0, 1]; NaN where no thing has a colour in two frames.

    Raises:
        InputError: a wrong shape or value.
    """
    wandered = []
    for colors in instance_colors(frames, instances, min_pixels).values():
        shown = colors[~np.isnan(colors[:, 0])]
        if len(shown) > 1:
            wandered.append(np.abs(shown[1:] - shown[0]).mean())
    return float(np.mean(wandered)) if wandered else float("nan")
