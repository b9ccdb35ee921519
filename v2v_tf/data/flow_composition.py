"""Composes flow over several frames from flows of consecutive frames.

Temporal discriminators read frames 3 and 9 apart (method.md 1.11); their flows are
not stored but composed here, inside the graph.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.layers.warp import backward_warp

# Bilinear weights of four trusted pixels add up to 1 only within rounding.
_ALL_TRUSTED = 0.999


def compose_flows(
    flows: tf.Tensor, confidence: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Composes consecutive flows into one from the last frame to the first.

    Follows every pixel of frame N back to frame 0, reading each flow between pixels.
    A path is trusted while all four pixels around it are, and while it stays inside
    the frame. Reading between two objects that move apart gives a flow of neither:
    a confidence that ends at the borders of objects, as the toy street's does, keeps
    the composed flow exact to rounding.

    Args:
        flows: [B, N, H, W, 2], pixels, (dx, dy), oldest first: index i maps frame
            i + 1 to frame i. N >= 1 and statically known.
        confidence: [B, N, H, W, 1], 0 or 1.

    Returns:
        Flow float32 [B, H, W, 2] from frame N to frame 0, and confidence float32
        [B, H, W, 1], 0 or 1.

    Raises:
        ValueError: wrong ranks, or an unknown number of flows.
    """
    if flows.shape.rank != 5 or confidence.shape.rank != 5 or not flows.shape[1]:
        raise ValueError(
            "compose_flows expects flows [B, N, H, W, 2] and confidence "
            f"[B, N, H, W, 1] with a known N >= 1, got {flows.shape} and "
            f"{confidence.shape}"
        )
    flows = tf.cast(flows, tf.float32)
    confidence = tf.cast(confidence, tf.float32)
    total = flows[:, -1]
    trusted = confidence[:, -1] * _inside(total)
    for index in reversed(range(flows.shape[1] - 1)):
        both = tf.concat([flows[:, index], confidence[:, index]], axis=-1)
        sampled = backward_warp(both, total)
        total += sampled[..., :2]
        trusted *= tf.cast(sampled[..., 2:] > _ALL_TRUSTED, tf.float32)
        trusted *= _inside(total)
    return total, trusted


def _inside(flow: tf.Tensor) -> tf.Tensor:
    """Returns float32 [B, H, W, 1], 1 where a flow stays inside the frame."""
    shape = tf.shape(flow)
    height, width = tf.cast(shape[1], tf.float32), tf.cast(shape[2], tf.float32)
    x = tf.range(width)[None, None, :] + flow[..., 0]
    y = tf.range(height)[None, :, None] + flow[..., 1]
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return tf.cast(inside, tf.float32)[..., None]
