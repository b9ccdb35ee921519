"""Generation frame by frame with explicit recurrent state (spec 1.7, 4.2).

A state is what the next frame needs of the past: the last n - 1 encoded condition
frames and the last n - 1 frames. A function takes states and returns states; nothing
is remembered elsewhere, so a stream and a whole clip are the same computation.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.models.generator import CoarseGenerator, FrameOutput


class States(NamedTuple):
    """Recurrent state, oldest first.

    Attributes:
        conditions: [B, n - 1, H, W, C], encoded.
        frames: float32 [B, n - 1, H, W, 3], range [-1, 1].
    """

    conditions: tf.Tensor
    frames: tf.Tensor


def generate_frame(
    generator: CoarseGenerator,
    condition: tf.Tensor,
    states: States,
    raw_only: bool = False,
) -> tuple[FrameOutput, States]:
    """Generates one frame.

    Args:
        generator: the network.
        condition: [B, H, W, C], the current condition frame, encoded.
        states: of the frames before.
        raw_only: see `CoarseGenerator.call`.

    Returns:
        The frame's tensors and the states for the next frame.
    """
    window = tf.concat([states.conditions, condition[:, None]], axis=1)
    output = generator(stack_time(window), stack_time(states.frames), raw_only=raw_only)
    frames = tf.concat([states.frames, output.fake_frames[:, None]], axis=1)
    return output, States(window[:, 1:], frames[:, 1:])


def generate_chunk(
    generator: CoarseGenerator,
    conditions: tf.Tensor,
    states: States,
    raw_frames: int = 0,
) -> tuple[FrameOutput, States]:
    """Generates the frames of a chunk one after the other.

    No gradient flows from a frame into the frames before it (spec 4.2).

    Args:
        generator: the network.
        conditions: [B, F, H, W, C], encoded; F is static.
        states: of the frames before the chunk.
        raw_frames: so many of the first frames leave the warp out.

    Returns:
        The tensors of all frames, [B, F, ...], and the states after the last.
    """
    outputs = []
    for index in range(conditions.shape[1]):
        states = States(*(tf.stop_gradient(state) for state in states))
        output, states = generate_frame(
            generator, conditions[:, index], states, raw_only=index < raw_frames
        )
        outputs.append(output)
    stacked = FrameOutput(
        *(
            None if tensors[0] is None else tf.stack(tensors, axis=1)
            for tensors in zip(*outputs, strict=True)
        )
    )
    return stacked, states


def stack_time(sequence: tf.Tensor) -> tf.Tensor:
    """Moves time into channels: [B, N, H, W, C] -> [B, H, W, N * C], oldest first."""
    num, channels = sequence.shape[1], sequence.shape[-1]
    moved = tf.transpose(sequence, [0, 2, 3, 1, 4])
    shape = tf.shape(sequence)
    return tf.reshape(moved, [shape[0], shape[2], shape[3], num * channels])
