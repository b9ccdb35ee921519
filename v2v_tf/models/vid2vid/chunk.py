"""The frames of a chunk, one after the other (method.md 4.2)."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import tensorflow as tf

from v2v_tf.models.common.rollout import unroll
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.gradient_checkpointing import generate_sparingly
from v2v_tf.models.vid2vid.history_noise import HistoryNoise
from v2v_tf.models.vid2vid.states import States, generate_frame

if TYPE_CHECKING:
    from v2v_tf.models.vid2vid.generator import SequentialGenerator


def generate_chunk(
    generator: SequentialGenerator,
    conditions: tf.Tensor,
    states: States,
    raw_frames: int = 0,
    raw_clips: tf.Tensor | None = None,
    bptt_frames: int = 1,
    noise: HistoryNoise | None = None,
) -> tuple[FrameOutput, States]:
    """Generates the frames of a chunk one after the other.

    Gradients flow from a frame into the frames before it only as far as `bptt_frames`
    lets them (method.md 4.2), and never into `states`. With `generator.recompute` only
    frames are kept for the backward pass, and their inner maps are computed again
    there: less memory, more time, the same gradients.

    Args:
        generator: network of all scales.
        conditions: [B, F, H, W, C], encoded; F is static.
        states: states before the chunk.
        raw_frames: number of first frames that leave the warp out.
        raw_clips: bool [B], the clips in which they do; None, as with
            `generator.recompute`, for all.
        bptt_frames: past frames are taken without gradient before every frame whose
            index in the chunk this divides; must be 1 with `generator.recompute`.
        noise: noise that past frames have where they are read; None, as with
            `generator.recompute`, for none.

    Returns:
        The finest scale's tensors of all frames, [B, F, ...], and the states after
        the last.
    """
    if generator.recompute:
        assert bptt_frames == 1 and noise is None and raw_clips is None
        return generate_sparingly(generator, conditions, states, raw_frames)

    def step(index: int, states: States) -> tuple[FrameOutput, States]:
        raw_only: bool | tf.Tensor = index < raw_frames
        if raw_only and raw_clips is not None:
            raw_only = raw_clips
        if index % bptt_frames == 0:
            states = tf.nest.map_structure(tf.stop_gradient, states)
        return generate_frame(
            generator,
            conditions[:, index],
            states,
            raw_only=raw_only,
            disturb=None if noise is None else functools.partial(noise, index=index),
        )

    outputs = []
    for output, after in unroll(step, states, range(conditions.shape[1])):
        outputs.append(output)
        states = after
    stacked = FrameOutput(
        *(
            None if tensors[0] is None else tf.stack(tensors, axis=1)
            for tensors in zip(*outputs, strict=True)
        )
    )
    # The last states leave the chunk without gradient, as the next chunk takes them.
    return stacked, tf.nest.map_structure(tf.stop_gradient, states)
