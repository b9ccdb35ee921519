"""Measures the grid that networks leave in frames, in their spectrum."""

from __future__ import annotations

import cv2
import numpy as np

from v2v_tf.metrics.checks import check_frames

# A network that doubles sides twice repeats itself every 2 and every 4 pixels.
_PERIOD = 4
# Smallest side in pixels whose bins around the lattice do not touch.
MIN_SIDE = 32


def grid_per_frame(frames: np.ndarray) -> np.ndarray:
    """Returns the share of the spectral energy at periods of 2 and 4 pixels.

    Of the luma, without its mean and under a Hann window: energy at the frequencies
    (i / 4, j / 4), i and j from 0 to 3 but not both 0, and one bin around each, by all
    energy. Real pictures have some there too, and blur lowers it: read it beside the
    real clip's, and beside sharpness.

    Args:
        frames: uint8 [T, H, W, 3], 32x32 or more; what is left of sides that do not
            divide by 4 is not looked at.

    Returns:
        float64 [T], 0 .. 1; 0 for frames of one colour, NaN for smaller ones.

    Raises:
        InputError: not such a clip.

    Example:
        ```python
        >>> import numpy as np
        >>> stripes = np.zeros([1, 64, 64, 3], np.uint8)
        >>> stripes[:, :, ::2] = 255
        >>> grid_per_frame(stripes).round(3)
        array([1.])

        ```
    """
    check_frames("frames", frames)
    height, width = (side // _PERIOD * _PERIOD for side in frames.shape[1:3])
    if min(height, width) < MIN_SIDE:
        return np.full(len(frames), np.nan)
    window = np.outer(_hann(height), _hann(width))
    lattice = np.outer(_near_lattice(height), _near_lattice(width))
    constant = np.outer(_near(height, 0), _near(width, 0))
    lattice &= ~constant
    return np.array(
        [_share(frame[:height, :width], window, lattice, constant) for frame in frames]
    )


def grid(frames: np.ndarray) -> float:
    """Returns the mean over frames of `grid_per_frame`."""
    return float(grid_per_frame(frames).mean())


def _share(
    frame: np.ndarray, window: np.ndarray, lattice: np.ndarray, constant: np.ndarray
) -> float:
    luma = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float64)
    mean = (luma * window).sum() / window.sum()
    energy = np.abs(np.fft.fft2((luma - mean) * window)) ** 2
    total = energy[~constant].sum()
    # A flat frame has rounding alone.
    return float(energy[lattice].sum() / total) if total > 1e-9 * luma.size else 0.0


def _hann(side: int) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(side) / side)


def _near(side: int, place: int) -> np.ndarray:
    """Returns where a bin is at most one beside another, bool [side]."""
    away = np.abs(np.arange(side) - place)
    return np.minimum(away, side - away) <= 1


def _near_lattice(side: int) -> np.ndarray:
    return np.any([_near(side, i * side // _PERIOD) for i in range(_PERIOD)], axis=0)
