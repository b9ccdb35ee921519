"""Generation frame by frame with explicit recurrent state (spec 1.7, 4.2).

A state is what the next frame needs of the past: the last n - 1 encoded condition
frames and, for every scale, the last n - 1 frames that this scale made. A function
takes states and returns states; nothing is remembered elsewhere, so a stream and a
whole clip are the same computation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from v2v_tf.models.frame import FrameOutput

if TYPE_CHECKING:
    from v2v_tf.models.sequential_generator import SequentialGenerator


class States(NamedTuple):
    """Recurrent state, oldest first.

    Attributes:
        conditions: [B, n - 1, H, W, C], encoded, at full resolution.
        frames: one float32 [B, n - 1, h, w, 3] a scale, range [-1, 1]; coarsest
            scale first.
    """

    conditions: tf.Tensor
    frames: tuple[tf.Tensor, ...]


def generate_frame(
    generator: SequentialGenerator,
    condition: tf.Tensor,
    states: States,
    raw_only: bool = False,
) -> tuple[FrameOutput, States]:
    """Generates one frame.

    Args:
        generator: the network.
        condition: [B, H, W, C], the current condition frame, encoded.
        states: of the frames before.
        raw_only: see `SequentialGenerator.call`.

    Returns:
        The finest scale's tensors and the states for the next frame.
    """
    window = tf.concat([states.conditions, condition[:, None]], axis=1)
    outputs = generator(
        stack_time(window),
        tuple(stack_time(frames) for frames in states.frames),
        raw_only=raw_only,
    )
    frames = tuple(
        tf.concat([past[:, 1:], output.fake_frames[:, None]], axis=1)
        for past, output in zip(states.frames, outputs, strict=True)
    )
    return outputs[-1], States(window[:, 1:], frames)


def generate_chunk(
    generator: SequentialGenerator,
    conditions: tf.Tensor,
    states: States,
    raw_frames: int = 0,
) -> tuple[FrameOutput, States]:
    """Generates the frames of a chunk one after the other.

    No gradient flows from a frame into the frames before it (spec 4.2). With
    `generator.recompute` only frames are kept for the backward pass, and their inner
    maps are computed again there: less memory, more time, the same gradients.

    Args:
        generator: the network.
        conditions: [B, F, H, W, C], encoded; F is static.
        states: of the frames before the chunk.
        raw_frames: so many of the first frames leave the warp out.

    Returns:
        The finest scale's tensors of all frames, [B, F, ...], and the states after
        the last.
    """
    if generator.recompute:
        return _generate_sparingly(generator, conditions, states, raw_frames)
    output, states, _ = _generate_frames(generator, conditions, states, raw_frames)
    return output, states


def _generate_frames(
    generator: SequentialGenerator,
    conditions: tf.Tensor,
    states: States,
    raw_frames: int,
) -> tuple[FrameOutput, States, list[States]]:
    """Returns what `generate_chunk` does, and the states before each frame."""
    outputs, before = [], []
    for index in range(conditions.shape[1]):
        states = tf.nest.map_structure(tf.stop_gradient, states)
        before.append(states)
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
    return stacked, states, before


def _generate_sparingly(
    generator: SequentialGenerator,
    conditions: tf.Tensor,
    states: States,
    raw_frames: int,
) -> tuple[FrameOutput, States]:
    """Keeps only frames for the backward pass, and makes their maps again there.

    One frame after the other, the last one first, and gradients are summed as they
    come: else the maps and the gradients of all frames would be there together.
    """

    @tf.custom_gradient
    def run(conditions: tf.Tensor):
        output, after, before = _generate_frames(
            generator, conditions, states, raw_frames
        )
        present = [tensor for tensor in output if tensor is not None]

        def gradient(*upstream: tf.Tensor, variables: list | None = None):
            # What comes back through the states is not followed.
            upstream = upstream[: len(present)]
            variables = list(variables or [])
            totals: list[tf.Tensor | None] = [None] * len(variables)
            to_conditions: list[tf.Tensor] = []
            for index in reversed(range(len(before))):
                done = [total for total in totals if total is not None]
                with tf.control_dependencies([*upstream, *done]):
                    condition = tf.identity(conditions[:, index])
                    past = tf.nest.map_structure(tf.identity, before[index])
                with tf.GradientTape() as tape:
                    tape.watch(condition)
                    again, _ = generate_frame(
                        generator, condition, past, raw_only=index < raw_frames
                    )
                first, *found = tape.gradient(
                    [tensor for tensor in again if tensor is not None],
                    [condition, *variables],
                    output_gradients=[tensor[:, index] for tensor in upstream],
                    unconnected_gradients=tf.UnconnectedGradients.ZERO,
                )
                to_conditions.insert(0, first)
                pairs = zip(totals, found, strict=True)
                totals = [new if old is None else old + new for old, new in pairs]
            return tf.stack(to_conditions, axis=1), totals

        return (*present, *tf.nest.flatten(after)), gradient

    results = list(run(conditions))
    names = [True, True, *[generator.config.use_flow] * 3]
    output = FrameOutput(*(results.pop(0) if there else None for there in names))
    after = tf.nest.map_structure(tf.stop_gradient, results)
    return output, States(after[0], tuple(after[1:]))


def stack_time(sequence: tf.Tensor) -> tf.Tensor:
    """Moves time into channels: [B, N, H, W, C] -> [B, H, W, N * C], oldest first."""
    return tf.concat(tf.unstack(sequence, axis=1), axis=-1)


def merge_time(sequence: tf.Tensor) -> tf.Tensor:
    """Reshapes [B, N, H, W, C] to [B * N, H, W, C]."""
    return tf.reshape(sequence, tf.concat([[-1], tf.shape(sequence)[2:]], axis=0))


def split_time(images: tf.Tensor, num: int) -> tf.Tensor:
    """Reshapes [B * N, H, W, C] back to [B, N, H, W, C]."""
    return tf.reshape(images, tf.concat([[-1, num], tf.shape(images)[1:]], axis=0))
