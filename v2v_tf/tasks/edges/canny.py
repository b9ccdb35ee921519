"""Finds Canny edges in a frame."""

from __future__ import annotations

import cv2
import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.edges.config import EdgesConfig


def check_options(config: EdgesConfig) -> None:
    """Raises InputError for a negative blur, or thresholds in the wrong order."""
    if config.blur_sigma < 0:
        raise InputError(
            f"conditioning.edges.blur_sigma must be 0 or more, got {config.blur_sigma}"
        )
    if not 0 <= config.low_threshold <= config.high_threshold:
        raise InputError(
            "conditioning.edges needs 0 <= low_threshold <= high_threshold, got "
            f"{config.low_threshold} and {config.high_threshold}"
        )


def draw_edges(image: np.ndarray, config: EdgesConfig) -> np.ndarray:
    """Finds Canny edges.

    Args:
        image: uint8 [H, W, 3], RGB.
        config: the blur before, and the hysteresis thresholds on the sum of the
            absolute Sobel derivatives (3x3) of the grey levels.

    Returns:
        uint8 [H, W], 255 on edges, else 0.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if config.blur_sigma > 0:
        grey = cv2.GaussianBlur(grey, (0, 0), config.blur_sigma)
    return cv2.Canny(grey, config.low_threshold, config.high_threshold)
