"""Chooses the frames of a record, and reads the flow between them (method.md 5.5)."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from v2v_tf.data.flow import decode_flow_in_graph
from v2v_tf.data.flow_composition import compose_flows


def draw_frames(
    length: tf.Tensor, num_frames: int, max_stride: int, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws the first frame of a clip and the step between its frames.

    The step is uniform over 1 .. `max_stride` as far as the record reaches, the first
    frame uniform over what is left.

    Args:
        length: int32 scalar, frames of the record, at least `num_frames`.
        num_frames: number of frames of the clip.
        max_stride: largest step.
        seed: int32 [2]; the same seed draws the same.

    Returns:
        int32 scalars (start, stride).
    """
    stride_seed, start_seed = tf.unstack(tf.random.split(seed, 2))
    steps = num_frames - 1
    stride = tf.constant(1)
    if steps and max_stride > 1:
        highest = tf.minimum(max_stride, (length - 1) // steps)
        stride = tf.random.stateless_uniform([], stride_seed, 1, highest + 1, tf.int32)
    last = length - 1 - steps * stride
    start = tf.random.stateless_uniform([], start_seed, 0, last + 1, tf.int32)
    return start, stride


def decode_images(
    encoded: tf.Tensor, decode: Callable[[tf.Tensor], tf.Tensor], dtype: tf.DType
) -> tf.Tensor:
    """Decodes string [T] one by one to [T, H, W, ...]; T = 0 is not taken."""
    return tf.map_fn(decode, encoded, fn_output_signature=dtype)


def read_flows(
    encoded: tf.Tensor,
    start: tf.Tensor,
    stride: tf.Tensor,
    num_pairs: tf.Tensor | int,
    max_stride: int,
) -> tuple[tf.Tensor, tf.Tensor]:
    """Decodes the flow between neighbouring frames of a clip.

    With a stride above 1 the flows of the frames between are composed, at the
    record's size, before any crop could cut a path.

    Args:
        encoded: string [record's T - 1], flow of frame t + 1 to t.
        start: first frame of the clip.
        stride: step between its frames.
        num_pairs: flows wanted, 1 or more.
        max_stride: largest value of `stride`.

    Returns:
        Flow float32 [num_pairs, H, W, 2], pixels of the record, and confidence float32
        [num_pairs, H, W, 1].
    """

    def composed(step: int) -> tuple[tf.Tensor, tf.Tensor]:
        used = encoded[start : start + num_pairs * step]
        flow, confidence = tf.map_fn(
            decode_flow_in_graph, used, fn_output_signature=(tf.float32, tf.float32)
        )
        if step == 1:
            return flow, confidence
        size = tf.shape(flow)[1:3]
        return compose_flows(
            _group(flow, step, size, 2), _group(confidence, step, size, 1)
        )

    if max_stride == 1:
        return composed(1)
    branches = [lambda step=step: composed(step) for step in range(1, max_stride + 1)]
    return tf.switch_case(stride - 1, branches)


def _group(values: tf.Tensor, step: int, size: tf.Tensor, channels: int) -> tf.Tensor:
    """Reshapes [N * step, H, W, C] to [N, step, H, W, C]."""
    grouped = tf.reshape(values, [-1, step, size[0], size[1], channels])
    return tf.ensure_shape(grouped, [None, step, None, None, channels])
