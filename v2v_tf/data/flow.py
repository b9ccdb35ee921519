"""Computes the teacher's flow of real frames and its confidence; reads and writes it.

Convention (method.md 1.1): backward flow on the grid of the current frame, pixels,
channels (dx, dy); the pixel (y, x) came from (y + dy, x + dx) of the previous frame.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from v2v_tf.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf

DIS_PRESETS = {
    "ultrafast": cv2.DISOPTICAL_FLOW_PRESET_ULTRAFAST,
    "fast": cv2.DISOPTICAL_FLOW_PRESET_FAST,
    "medium": cv2.DISOPTICAL_FLOW_PRESET_MEDIUM,
}
# The KITTI format: 16-bit RGB, R = 64 u + 2^15, G = 64 v + 2^15, B = valid.
_SCALE = 64.0
_OFFSET = 2**15
_LARGEST = 2**16 - 1
_DIS_MIN_SIDE = 16  # pixels; OpenCV fails on less than 12


def encode_flow(flow: np.ndarray, confidence: np.ndarray) -> bytes:
    """Encodes a flow as a KITTI 16-bit PNG, exact to 1/128 pixel.

    Args:
        flow: [H, W, 2], pixels, (dx, dy). What the format cannot hold (beyond
            -512 .. 511.98 pixels, or not finite) is clipped and loses its
            confidence.
        confidence: [H, W], 0 .. 1; trusted above 0.5.

    Returns:
        The PNG file.

    Raises:
        InputError: the shapes are not [H, W, 2] and [H, W].
    """
    flow = np.asarray(flow, np.float64)
    confidence = np.asarray(confidence)
    if flow.ndim != 3 or flow.shape[-1] != 2 or confidence.shape != flow.shape[:2]:
        raise InputError(
            "a flow file holds a flow [H, W, 2] and a confidence [H, W], got "
            f"{flow.shape} and {confidence.shape}"
        )
    finite = np.isfinite(flow)
    codes = np.rint(_SCALE * np.where(finite, flow, 0.0) + _OFFSET)
    fits = (finite & (codes >= 0) & (codes <= _LARGEST)).all(axis=-1)
    valid = fits & (confidence > 0.5)
    # OpenCV writes BGR.
    planes = np.dstack([valid, np.clip(codes[..., ::-1], 0, _LARGEST)])
    return cv2.imencode(".png", planes.astype(np.uint16))[1].tobytes()


def decode_flow(png: bytes) -> tuple[np.ndarray, np.ndarray]:
    """Decodes a KITTI 16-bit PNG.

    Args:
        png: the file's bytes.

    Returns:
        The flow, float32 [H, W, 2], pixels, (dx, dy), and the confidence, float32
        [H, W], 0 or 1.

    Raises:
        InputError: not a 16-bit PNG with three channels.
    """
    data = np.frombuffer(png, np.uint8)
    try:
        planes = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        # An empty buffer, or a header with too many pixels; else it returns None.
        planes = None
    if planes is None:
        raise InputError("not a flow file: expected a 16-bit RGB PNG (KITTI format)")
    if planes.dtype != np.uint16 or planes.ndim != 3 or planes.shape[-1] != 3:
        channels = 1 if planes.ndim == 2 else planes.shape[-1]
        raise InputError(
            "not a flow file: expected a 16-bit PNG with 3 channels (KITTI format), "
            f"got {8 * planes.dtype.itemsize} bits and {channels} channel(s)"
        )
    flow = (planes[..., :0:-1].astype(np.float32) - _OFFSET) / _SCALE
    return flow, (planes[..., 0] > 0).astype(np.float32)


def read_flow(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Reads a flow file; returns flow and confidence as `decode_flow` does.

    Raises:
        InputError: the file is missing or no flow file; names it.
    """
    try:
        return decode_flow(Path(path).read_bytes())
    except OSError as error:
        raise InputError(f"cannot read the flow file {path}: {error}") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def decode_flow_in_graph(png: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes a KITTI 16-bit PNG inside a graph, equal to `decode_flow`.

    Args:
        png: string scalar, the file's bytes.

    Returns:
        The flow, float32 [H, W, 2], and the confidence, float32 [H, W, 1].
    """
    import tensorflow as tf  # the NumPy half is used where TensorFlow is not loaded

    planes = tf.cast(tf.io.decode_png(png, channels=3, dtype=tf.uint16), tf.float32)
    flow = (planes[..., :2] - _OFFSET) / _SCALE
    return flow, tf.cast(planes[..., 2:] > 0, tf.float32)


def teacher_flow(current: np.ndarray, previous: np.ndarray, preset: str) -> np.ndarray:
    """Estimates the flow from the current to the previous frame with DIS.

    Stands in for FlowNet2 (method.md 5.4). The same frames give the same flow.

    Args:
        current: uint8 [H, W, 3], RGB.
        previous: uint8 [H, W, 3], RGB.
        preset: `ultrafast`, `fast` or `medium`.

    Returns:
        float32 [H, W, 2], pixels, (dx, dy).

    Raises:
        InputError: an unknown preset, frames that are no pair of RGB frames, or
            frames of less than 16 pixels a side.
    """
    if preset not in DIS_PRESETS:
        raise InputError(
            f"unknown flow preset '{preset}': choose one of {', '.join(DIS_PRESETS)}"
        )
    _check_pair(current, previous)
    if min(current.shape[:2]) < _DIS_MIN_SIDE:
        raise InputError(
            f"flow needs frames of {_DIS_MIN_SIDE} pixels a side or more, got "
            f"{current.shape[1]}x{current.shape[0]} (width x height)"
        )
    # DIS keeps its last result as a start: a fresh one depends on its inputs alone.
    return cv2.DISOpticalFlow_create(DIS_PRESETS[preset]).calc(
        cv2.cvtColor(current, cv2.COLOR_RGB2GRAY),
        cv2.cvtColor(previous, cv2.COLOR_RGB2GRAY),
        None,
    )


def flow_confidence(
    current: np.ndarray, previous: np.ndarray, flow: np.ndarray, threshold: float
) -> np.ndarray:
    """Says where a flow explains the current frame (method.md 5.4).

    1 where the squared error between the current and the warped previous frame,
    images in [-1, 1], summed over RGB, is below the threshold.

    Args:
        current: uint8 [H, W, 3], RGB.
        previous: uint8 [H, W, 3], RGB.
        flow: [H, W, 2], pixels, (dx, dy), current to previous.
        threshold: the paper's code has 0.02.

    Returns:
        float32 [H, W], 0 or 1.

    Raises:
        InputError: frames and flow do not fit each other.
    """
    _check_pair(current, previous)
    if flow.shape != (*current.shape[:2], 2):
        raise InputError(
            f"expected a flow {(*current.shape[:2], 2)} for frames {current.shape}, "
            f"got {flow.shape}"
        )
    warped = _warp(previous.astype(np.float32), flow)
    error = (current.astype(np.float32) - warped) * np.float32(2 / 255)
    return (np.square(error).sum(axis=-1) < threshold).astype(np.float32)


def resize_flow(
    flow: np.ndarray, confidence: np.ndarray, size: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Resizes a flow with its frames (method.md 5.4): dx as widths, dy as heights.

    Args:
        flow: [H, W, 2], pixels, (dx, dy).
        confidence: [H, W], 0 .. 1.
        size: (height, width) of the result.

    Returns:
        Flow float32 [h, w, 2] in pixels of the new size, and confidence float32
        [h, w], 0 or 1.
    """
    height, width = size
    scale = (width / flow.shape[1], height / flow.shape[0])
    resized = cv2.resize(
        flow.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR
    )
    trust = cv2.resize(
        confidence.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return resized * np.array(scale, np.float32), (trust > 0.5).astype(np.float32)


def _warp(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Samples a float32 image [H, W, 3] where the flow points, border clamped.

    Own bilinear sampling, as `cv2.remap` rounds positions to 1/32 pixel.
    """
    height, width = image.shape[:2]
    x = np.clip(np.arange(width, dtype=np.float32) + flow[..., 0], 0, width - 1)
    y = np.clip(
        np.arange(height, dtype=np.float32)[:, None] + flow[..., 1], 0, height - 1
    )
    left = np.minimum(x.astype(np.intp), max(width - 2, 0))
    top = np.minimum(y.astype(np.intp), max(height - 2, 0))
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    fx, fy = (x - left)[..., None], (y - top)[..., None]
    upper = image[top, left] * (1 - fx) + image[top, right] * fx
    lower = image[bottom, left] * (1 - fx) + image[bottom, right] * fx
    return upper * (1 - fy) + lower * fy


def _check_pair(current: np.ndarray, previous: np.ndarray) -> None:
    if (
        current.shape != previous.shape
        or current.ndim != 3
        or current.shape[-1] != 3
        or current.dtype != np.uint8
        or previous.dtype != np.uint8
    ):
        raise InputError(
            "expected two uint8 frames [H, W, 3] of one size, got "
            f"{current.dtype} {current.shape} and {previous.dtype} {previous.shape}"
        )
