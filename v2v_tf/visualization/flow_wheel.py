"""Paints optical flow: hue is the direction, saturation the speed.

Still pixels are white. Red points right, yellow-green down, cyan left and violet up,
as the eye sees the picture (y grows downwards).
"""

from __future__ import annotations

import cv2
import numpy as np

from v2v_tf.errors import InputError

_PERCENTILE = 99.0
_MIN_SCALE = 1.0  # pixels: below it, noise would fill the wheel


def flow_scale(flow: np.ndarray) -> float:
    """Returns the speed that a clip is drawn at full saturation with.

    Args:
        flow: [..., 2], pixels.

    Returns:
        Pixels: the 99th percentile of the speeds, at least 1.

    Raises:
        InputError: no flow, or one with NaN or infinity.
    """
    flow = _checked(flow)
    return max(
        _MIN_SCALE, float(np.percentile(np.linalg.norm(flow, axis=-1), _PERCENTILE))
    )


def colorize_flow(flow: np.ndarray, scale: float | None = None) -> np.ndarray:
    """Paints a flow.

    Args:
        flow: [..., H, W, 2], pixels, (dx, dy).
        scale: speed of full saturation, pixels; `flow_scale(flow)` by default. Give
            the same one for pictures that are to be compared.

    Returns:
        uint8 [..., H, W, 3], RGB.

    Raises:
        InputError: no such flow, NaN or infinity in it, a scale of 0 or less.
    """
    flow = _checked(flow)
    scale = flow_scale(flow) if scale is None else scale
    if not scale > 0:
        raise InputError(f"flow scale must be above 0 pixels, got {scale}")
    hue = np.degrees(np.arctan2(flow[..., 1], flow[..., 0])) % 360.0
    saturation = np.minimum(np.linalg.norm(flow, axis=-1) / scale, 1.0)
    hsv = np.stack([hue, saturation, np.ones_like(hue)], axis=-1)
    # OpenCV takes one picture at a time: all frames and rows become its rows.
    rows = hsv.reshape(-1, flow.shape[-2], 3).astype(np.float32)
    rgb = cv2.cvtColor(rows, cv2.COLOR_HSV2RGB)
    return np.rint(rgb * 255.0).astype(np.uint8).reshape(*flow.shape[:-1], 3)


def flow_legend(size: int = 128, background: int = 255) -> np.ndarray:
    """Returns the colour wheel: a disc whose rim has the full saturation.

    Args:
        size: side of the picture, pixels, 2 or more.
        background: grey level around the disc.

    Returns:
        uint8 [size, size, 3], RGB.

    Raises:
        InputError: the size is below 2.
    """
    if size < 2:
        raise InputError(f"a flow legend needs a size of 2 pixels or more, got {size}")
    axis = np.linspace(-1.0, 1.0, size, dtype=np.float32)
    dx, dy = np.meshgrid(axis, axis)
    wheel = colorize_flow(np.stack([dx, dy], axis=-1), scale=1.0)
    # One pixel of soft rim.
    inside = np.clip((1.0 - np.hypot(dx, dy)) * size / 2.0, 0.0, 1.0)[..., np.newaxis]
    return np.rint(inside * wheel + (1.0 - inside) * background).astype(np.uint8)


def _checked(flow: np.ndarray) -> np.ndarray:
    flow = np.asarray(flow, np.float32)
    if flow.ndim < 3 or flow.shape[-1] != 2 or not flow.size:
        raise InputError(f"flow: expected [..., H, W, 2], got {list(flow.shape)}")
    if not np.isfinite(flow).all():
        raise InputError("flow: expected finite pixels, got NaN or infinity")
    return flow
