"""Turns and mirrors frames as the display matrix of their file asks for."""

from __future__ import annotations

from typing import Any

import numpy as np
from av.sidedata.sidedata import Type
from av.video.frame import VideoFrame

_MATRIX_BYTES = 36


def upright(image: np.ndarray, frame: VideoFrame) -> np.ndarray:
    """Returns a picture as players show it, by the quarter turn that is nearest.

    Args:
        image: pixels of the frame, [H, W, C].
        frame: as decoded, which says how it is shown.
    """
    side_data: Any = frame.side_data
    try:
        data = side_data[Type.DISPLAYMATRIX]
    except KeyError:
        return image
    matrix = np.frombuffer(bytes(data)[:_MATRIX_BYTES], "<i4")
    return np.ascontiguousarray(turned(image, matrix))


def turned(image: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Applies a display matrix: x' = a x + c y, y' = b x + d y.

    Args:
        image: [H, W, C].
        matrix: a, b, u, c, d, v, x, y, w, as files store it.
    """
    a, b, _, c, d = (int(value) for value in matrix[:5])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        flips = (d < 0, a < 0)
    else:
        image = image.swapaxes(0, 1)
        flips = (b < 0, c < 0)
    for axis, flip in enumerate(flips):
        if flip:
            image = np.flip(image, axis)
    return image
