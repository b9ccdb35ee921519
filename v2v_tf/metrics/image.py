"""Computes metrics of single frames, and their drift over a clip.

Every function takes uint8 RGB and measures in units of frames / 255, so that values
of different clips compare: contrast and sharpness of a black-and-white checkerboard
of single pixels are 0.5 and about 16.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.metrics.checks import check_frames, check_shape

DRIFT_FRAMES = 30
SSIM_WINDOW = 11  # of tf.image.ssim
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R BT.601
_CHUNK = 8  # frames handed to TensorFlow at once: bounds the memory of long clips


def psnr_per_frame(frames: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Returns the peak signal-to-noise ratio of each frame.

    Args:
        frames: uint8 [T, H, W, 3].
        real: uint8 [T, H, W, 3], the reference.

    Returns:
        float64 [T], decibels; infinite for equal frames.

    Raises:
        InputError: the clips are not such arrays, or differ in shape.
    """
    _check_pair(frames, real)
    return _by_chunks(tf.image.psnr, frames, real)


def psnr(frames: np.ndarray, real: np.ndarray) -> float:
    """Returns the mean over frames of `psnr_per_frame`, decibels."""
    return float(psnr_per_frame(frames, real).mean())


def ssim_per_frame(frames: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Returns the structural similarity of each frame (`tf.image.ssim`, RGB).

    Args:
        frames: uint8 [T, H, W, 3], H and W >= 11.
        real: uint8 [T, H, W, 3], the reference.

    Returns:
        float64 [T], up to 1 for equal frames.

    Raises:
        InputError: the clips are not such arrays, or differ in shape.
    """
    _check_pair(frames, real)
    height, width = frames.shape[1:3]
    if min(height, width) < SSIM_WINDOW:
        raise InputError(
            f"ssim: expected frames of {SSIM_WINDOW}x{SSIM_WINDOW} pixels or more, "
            f"got {width}x{height}"
        )
    return _by_chunks(tf.image.ssim, frames, real)


def ssim(frames: np.ndarray, real: np.ndarray) -> float:
    """Returns the mean over frames of `ssim_per_frame`."""
    return float(ssim_per_frame(frames, real).mean())


def contrast_per_frame(frames: np.ndarray) -> np.ndarray:
    """Returns the standard deviation of the luma of each frame.

    Args:
        frames: uint8 [T, H, W, 3].

    Returns:
        float64 [T], in [0, 0.5]: 0 for a flat frame.

    Raises:
        InputError: not such a clip.
    """
    check_frames("frames", frames)
    return np.array([_luma(frame).std(dtype=np.float64) for frame in frames])


def contrast(frames: np.ndarray) -> float:
    """Returns the mean over frames of `contrast_per_frame`."""
    return float(contrast_per_frame(frames).mean())


def sharpness_per_frame(frames: np.ndarray) -> np.ndarray:
    """Returns the variance of the Laplacian of the luma of each frame.

    The Laplacian is the sum of the four neighbours less four times the pixel, the
    border mirrored. Blur lowers it, noise raises it: read it beside the real clip's.

    Args:
        frames: uint8 [T, H, W, 3].

    Returns:
        float64 [T], in units of luma in [0, 1], squared.

    Raises:
        InputError: not such a clip.
    """
    check_frames("frames", frames)
    return np.array(
        [
            cv2.Laplacian(_luma(frame), cv2.CV_32F, ksize=1).var(dtype=np.float64)
            for frame in frames
        ]
    )


def sharpness(frames: np.ndarray) -> float:
    """Returns the mean over frames of `sharpness_per_frame`."""
    return float(sharpness_per_frame(frames).mean())


def drift_window(num_frames: int) -> int:
    """Returns how many frames at either end of a clip `drift` compares.

    30; a third of the clip (at least one frame) where two windows of 30 would
    overlap, that is below 60 frames.
    """
    if num_frames >= 2 * DRIFT_FRAMES:
        return DRIFT_FRAMES
    return max(1, num_frames // 3)


def drift(values: np.ndarray) -> float:
    """Returns how a quantity changes from the start of a clip to its end.

    Args:
        values: [T], one value a frame, such as `sharpness_per_frame`.

    Returns:
        Mean of the last frames / mean of the first, `drift_window(T)` of each: 1
        for no drift; NaN where the first mean is 0.

    Raises:
        InputError: not one value a frame, or none.
    """
    values = np.asarray(values, np.float64)
    if values.ndim != 1 or not values.size:
        raise InputError(f"drift: expected values [T], got shape {list(values.shape)}")
    window = drift_window(len(values))
    first, last = values[:window].mean(), values[-window:].mean()
    return float(last / first) if first else float("nan")


def _luma(frame: np.ndarray) -> np.ndarray:
    return frame.astype(np.float32) @ _LUMA / 255.0


def _check_pair(frames: np.ndarray, real: np.ndarray) -> None:
    check_frames("frames", frames)
    check_frames("real", real)
    check_shape("real", real, frames.shape)


def _by_chunks(
    metric: Callable[..., tf.Tensor], frames: np.ndarray, real: np.ndarray
) -> np.ndarray:
    starts = range(0, len(frames), _CHUNK)
    values = [
        metric(
            tf.constant(frames[i : i + _CHUNK]), tf.constant(real[i : i + _CHUNK]), 255
        ).numpy()
        for i in starts
    ]
    return np.concatenate(values).astype(np.float64)
