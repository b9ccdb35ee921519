"""Measures the grid that networks leave in frames, in their spectrum.

A network that doubles sides twice repeats itself every 2 and every 4 pixels: the
frequencies (i / 4, j / 4), i and j from 0 to 3 but not both 0, are the lattice of its
grid. `grid` says how much of the picture lies there, which blur lowers; `grid_peak` how
far it stands out from its neighbourhood, which blur hardly changes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import cv2
import numpy as np

from v2v_tf.metrics.checks import check_frames

_PERIOD = 4
# Bins around a point of the lattice: those that a Hann window spreads it over; those
# that are left out around them; and the neighbourhood.
_NEAR, _GAP, _AROUND = 1, 2, 4
# Energy of a bin for each pixel: variance of rounding, by the window squared.
_ROUNDING = 1 / 12 * 9 / 64
# Smallest side in pixels whose bins around the lattice do not touch.
MIN_SIDE = 32


def grid_per_frame(frames: np.ndarray) -> np.ndarray:
    """Returns the share of the spectral energy at periods of 2 and 4 pixels.

    Of the luma, without its mean and under a Hann window: energy on the lattice and one
    bin around each point, by all energy. Real pictures have some there too, and blur
    lowers it: read it beside the real clip's, and beside sharpness.

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
    return np.array([_share(energy) for energy in _energies(frames)])


def grid_peak_per_frame(frames: np.ndarray) -> np.ndarray:
    """Returns how far a grid of 2 and 4 pixels stands out in the spectrum.

    The energy at each point of the lattice (and one bin around it) by that of its
    neighbourhood (3 and 4 bins away), as densities; the mean over the points.

    Args:
        frames: uint8 [T, H, W, 3], 32x32 or more, as of `grid_per_frame`.

    Returns:
        float64 [T]; about 1 without a grid, NaN for smaller frames and flat ones.

    Raises:
        InputError: not such a clip.
    """
    return np.array([_peak(energy) for energy in _energies(frames)])


def grid_and_peak(frames: np.ndarray) -> tuple[float, float]:
    """Returns `grid` and `grid_peak` of frames, from one spectrum of each."""
    found = [(_share(energy), _peak(energy)) for energy in _energies(frames)]
    shares, peaks = np.array(found).reshape(-1, 2).T
    return float(shares.mean()), _known_mean(peaks)


def grid(frames: np.ndarray) -> float:
    """Returns the mean over frames of `grid_per_frame`."""
    return float(grid_per_frame(frames).mean())


def grid_peak(frames: np.ndarray) -> float:
    """Returns the mean over frames of `grid_peak_per_frame`, flat ones left out."""
    return _known_mean(grid_peak_per_frame(frames))


def _known_mean(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


def _energies(frames: np.ndarray) -> Iterator[np.ndarray | None]:
    """Yields the energy of each frequency; None of frames that are too small."""
    check_frames("frames", frames)
    height, width = (side // _PERIOD * _PERIOD for side in frames.shape[1:3])
    if min(height, width) < MIN_SIDE:
        yield from [None] * len(frames)
        return
    window = np.outer(_hann(height), _hann(width))
    for frame in frames[:, :height, :width]:
        luma = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float64)
        mean = (luma * window).sum() / window.sum()
        yield np.abs(np.fft.fft2((luma - mean) * window)) ** 2


def _share(energy: np.ndarray | None) -> float:
    if energy is None:
        return float("nan")
    total = energy.sum() - _box(energy, 0, 0, _NEAR).sum()
    found = sum(_box(energy, y, x, _NEAR).sum() for y, x in _lattice(energy))
    return float(found / total) if total > _flat(energy) else 0.0


def _peak(energy: np.ndarray | None) -> float:
    if energy is None or energy.sum() <= _flat(energy):
        return float("nan")
    ratios = []
    for y, x in _lattice(energy):
        near = _box(energy, y, x, _NEAR)
        gap, all_around = (_box(energy, y, x, reach) for reach in (_GAP, _AROUND))
        around = (all_around.sum() - gap.sum()) / (all_around.size - gap.size)
        # Levels are integers: there is no less than the energy of their rounding.
        ratios.append(near.mean() / max(around, energy.size * _ROUNDING))
    return float(np.mean(ratios))


def _lattice(energy: np.ndarray) -> Iterator[tuple[int, int]]:
    for i, j in itertools.product(range(_PERIOD), repeat=2):
        if i or j:
            yield i * energy.shape[0] // _PERIOD, j * energy.shape[1] // _PERIOD


def _box(energy: np.ndarray, y: int, x: int, reach: int) -> np.ndarray:
    """Returns the bins around a frequency; the spectrum goes round."""
    steps = np.arange(-reach, reach + 1)
    return energy[np.ix_((y + steps) % energy.shape[0], (x + steps) % energy.shape[1])]


def _flat(energy: np.ndarray) -> float:
    """Returns the energy of what is rounding alone."""
    return 1e-9 * energy.size


def _hann(side: int) -> np.ndarray:
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(side) / side)
