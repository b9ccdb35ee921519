"""Computes metrics between frames: do generated frames move as the scene does?

Flow, visibility and labels always come from the reference, never from the model: a
model must not choose the ruler it is measured with. Values are in units of
frames / 255, so in [0, 1].
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.layers.warp import backward_warp
from v2v_tf.metrics.checks import check_flow, check_frames, check_mask, check_shape

STILL_FLOW = 0.1  # pixels a frame: slower pixels count as still


def warping_error(frames: np.ndarray, flow: np.ndarray, visible: np.ndarray) -> float:
    """Returns the mean of |x_t - warp(x_{t-1}, flow_t)| over visible pixels.

    All visible pixels of all frames weigh the same; channels are averaged. The real
    clip's own value is not 0 (noise, light, imperfect flow): print it beside.

    Args:
        frames: uint8 [T, H, W, 3].
        flow: [T - 1, H, W, 2], pixels, (dx, dy), backward: of frame t to t - 1.
        visible: [T - 1, H, W], booleans or 0 and 1: the pixel of frame t is visible in
            frame t - 1 too.

    Returns:
        In [0, 1]; NaN where no pixel is visible.

    Raises:
        InputError: a wrong shape or value.
    """
    check_frames("frames", frames)
    pairs = (len(frames) - 1, *frames.shape[1:3])
    check_flow("flow", flow, (*pairs, 2))
    visible = check_mask("visible", visible, pairs)
    total = 0.0
    for t in range(1, len(frames)):
        pair = slice(t - 1, t + 1)
        difference = warping_difference(frames[pair], flow[t - 1 : t]).numpy()
        total += difference[visible[t - 1 : t]].sum(dtype=np.float64)
    return _mean(total, int(visible.sum()))


def warping_difference(frames: tf.Tensor, flow: tf.Tensor) -> tf.Tensor:
    """Returns |x_t - warp(x_{t-1}, flow_t)| of all frames but the first.

    Args:
        frames: uint8 [T, H, W, 3].
        flow: float32 [T - 1, H, W, 2], pixels, backward.

    Returns:
        float32 [T - 1, H, W, 3], in grey levels.
    """
    levels = tf.cast(frames, tf.float32)
    return tf.abs(levels[1:] - backward_warp(levels[:-1], tf.convert_to_tensor(flow)))


def still_pixels(flow: np.ndarray, label_maps: np.ndarray | None = None) -> np.ndarray:
    """Returns where the scene stands still from one frame to the next.

    Args:
        flow: [T - 1, H, W, 2], pixels, backward.
        label_maps: integers [T, H, W], or None for tasks without labels.

    Returns:
        bool [T - 1, H, W]: the flow is shorter than 0.1 pixels and, where there are
        labels, the label is that of the frame before.

    Raises:
        InputError: a wrong shape or value.
    """
    check_flow("flow", flow, (*np.shape(flow)[:3], 2))
    still = np.linalg.norm(flow, axis=-1) < STILL_FLOW
    if label_maps is None:
        return still
    check_shape("label_maps", label_maps, (len(flow) + 1, *flow.shape[1:3]))
    return still & (label_maps[1:] == label_maps[:-1])


def still_change(frames: np.ndarray, still: np.ndarray) -> float:
    """Returns the mean of |x_t - x_{t-1}| over still pixels.

    Args:
        frames: uint8 [T, H, W, 3].
        still: [T - 1, H, W], of `still_pixels`.

    Returns:
        In [0, 1]; NaN where no pixel is still.

    Raises:
        InputError: a wrong shape or value.
    """
    check_frames("frames", frames)
    still = check_mask("still", still, (len(frames) - 1, *frames.shape[1:3]))
    total = 0
    for t in range(1, len(frames)):
        pair = frames[t - 1 : t + 1].astype(np.int16)
        total += int(np.abs(pair[1] - pair[0])[still[t - 1]].sum(dtype=np.int64))
    return _mean(total, int(still.sum()))


def flicker(
    frames: np.ndarray,
    real: np.ndarray,
    flow: np.ndarray,
    label_maps: np.ndarray | None = None,
) -> float:
    """Returns how much more than the real clip the frames change where nothing moves.

    Args:
        frames: uint8 [T, H, W, 3].
        real: uint8 [T, H, W, 3], the real clip.
        flow: [T - 1, H, W, 2], pixels, backward, of the reference.
        label_maps: integers [T, H, W], or None for tasks without labels.

    Returns:
        `still_change` of the frames less that of the real clip, in [-1, 1]: 0 for
        as calm as the real clip, negative for calmer; NaN where no pixel is still.

    Raises:
        InputError: a wrong shape or value.
    """
    check_frames("frames", frames)
    check_shape("real", real, frames.shape)
    check_flow("flow", flow, (len(frames) - 1, *frames.shape[1:3], 2))
    still = still_pixels(flow, label_maps)
    return still_change(frames, still) - still_change(real, still)


def _mean(total: float, num_pixels: int) -> float:
    """Returns the mean of channel differences of uint8 frames, in units of 1 / 255."""
    return float(total / (255.0 * 3 * num_pixels)) if num_pixels else float("nan")
