"""Generates the baselines of a video model, with the help of the reference flow.

`frame_by_frame` (pix2pixHD: Wang et al. 2018, arXiv 1711.11585) is
`inference/frame_by_frame.py`. Here are two that need no network of their own:
flow-guided blending of its frames, in the place that coherent video style transfer
has in the paper's tables, and a copy of a real frame moved along the flow.
Both are told the reference flow, which a video model has to find by itself.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.layers.warp import backward_warp
from v2v_tf.metrics.checks import check_flow, check_frames, check_mask, check_shape

BLEND = 0.5


def flow_blend(
    frames: np.ndarray, flow: np.ndarray, trusted: np.ndarray, weight: float = BLEND
) -> np.ndarray:
    """Smooths frames over time along a flow.

    out_0 = frame_0; out_t = (1 - w) frame_t + w warp(out_{t-1}, flow_t) where the flow
    is trusted, and frame_t elsewhere. Nothing is rounded between frames.

    Args:
        frames: uint8 [T, H, W, 3], each made by itself.
        flow: [T - 1, H, W, 2], pixels, (dx, dy), backward: of frame t to t - 1.
        trusted: [T - 1, H, W], booleans or 0 and 1: where the flow holds.
        weight: w in [0, 1), of the past: 0 returns the frames.

    Returns:
        uint8 [T, H, W, 3].

    Raises:
        InputError: a wrong shape or value.
    """
    check_frames("frames", frames)
    pairs = (len(frames) - 1, *frames.shape[1:3])
    check_flow("flow", flow, (*pairs, 2))
    trusted = check_mask("trusted", trusted, pairs)
    check_blend(weight)
    state = frames[0].astype(np.float32)
    blended = [state]
    for frame, step, holds in zip(frames[1:], flow, trusted, strict=True):
        past = _warped(state, step)
        share = np.where(holds[..., None], np.float32(weight), np.float32(0.0))
        state = (1.0 - share) * frame + share * past
        blended.append(state)
    return _levels(np.stack(blended))


def check_blend(weight: float) -> None:
    """Raises InputError for a weight that `flow_blend` does not take."""
    if not 0.0 <= weight < 1.0:
        raise InputError(
            f"--blend, the weight of the past, must be 0 or more and below 1: {weight}"
        )


def copy_warp(frame: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Moves one real frame along a flow, and invents nothing.

    Flows are composed, so that each frame samples the first one once and does not blur
    with time. What comes into view shows whatever the flow points at there, at the
    border the nearest pixel.

    Args:
        frame: uint8 [H, W, 3], the last that is given.
        flow: [F, H, W, 2], pixels, backward, of each later frame to the one before.

    Returns:
        uint8 [F, H, W, 3].

    Raises:
        InputError: a wrong shape or value.
    """
    check_frames("frame", np.asarray(frame)[None])
    check_shape("flow", flow, (len(flow), *frame.shape[:2], 2))
    check_flow("flow", flow, np.shape(flow))
    origin = frame.astype(np.float32)
    height, width = frame.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    grid = grid.astype(np.float32)
    source = grid  # where in `frame` each pixel comes from, (x, y)
    moved = []
    for step in flow:
        source = _warped(source, step)
        moved.append(_warped(origin, source - grid))
    return _levels(np.array(moved).reshape(-1, *frame.shape))


def _warped(image: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Returns [H, W, C] sampled where [H, W, 2] points, float32."""
    return backward_warp(
        tf.constant(image[None]), tf.constant(flow[None], tf.float32)
    ).numpy()[0]


def _levels(frames: np.ndarray) -> np.ndarray:
    return np.clip(np.round(frames), 0, 255).astype(np.uint8)
