"""Gradient checkpointing over the frames of a chunk.

Forward keeps the frames and nothing of the inside of the networks; backward makes the
inside again, one frame at a time. Both are loops: unrolled, TensorFlow adds the
gradients of all frames at once, each as large as the weights, and holds a graph for
every frame.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from v2v_tf.layers.gradients import WithGradient, custom_gradient
from v2v_tf.models.common import rollout
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.states import States, generate_frame

if TYPE_CHECKING:
    from v2v_tf.models.vid2vid.generator import SequentialGenerator


def generate_sparingly(
    generator: SequentialGenerator,
    conditions: tf.Tensor,
    states: States,
    raw_frames: int,
) -> tuple[FrameOutput, States]:
    """Generates a chunk as `generate_chunk` does, with less memory.

    Arguments and results are those of `v2v_tf.models.vid2vid.chunk.generate_chunk`.
    """
    raw_frames = min(raw_frames, conditions.shape[1])

    @custom_gradient
    def run(conditions: tf.Tensor) -> WithGradient:
        tensors, frames = _forward(generator, conditions, states, raw_frames)
        # Of all frames, those before the chunk first.
        known = States(
            tf.concat([states.conditions, conditions], axis=1),
            tuple(
                tf.concat(both, 1) for both in zip(states.frames, frames, strict=True)
            ),
        )

        def gradient(
            *upstream: tf.Tensor, variables: list | None = None
        ) -> tuple[tf.Tensor, list[tf.Tensor]]:
            # What comes back through the states is not followed.
            of_tensors, variables = upstream[: len(tensors)], list(variables or [])
            return _backward(
                generator, conditions, known, of_tensors, variables, raw_frames
            )

        after = _states_before(generator, known, conditions.shape[1])
        return (*tensors, *tf.nest.flatten(after)), gradient

    results = list(run(conditions))
    names = [True, True, *[generator.config.use_flow] * 3]
    output = FrameOutput(*(results.pop(0) if there else None for there in names))
    after = tf.nest.map_structure(tf.stop_gradient, results)
    return output, States(after[0], tuple(after[1:]))


def _forward(
    generator: SequentialGenerator,
    conditions: tf.Tensor,
    states: States,
    raw_frames: int,
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Returns the finest scale's tensors and every scale's frames, [B, F, ...]."""
    num_frames = conditions.shape[1]

    def arrays(frames: tf.Tensor, *num_channels: int) -> list[tf.TensorArray]:
        shape = frames.shape[:1] + frames.shape[2:4]
        return [
            tf.TensorArray(tf.float32, num_frames, element_shape=[*shape, channels])
            for channels in num_channels
        ]

    def step(
        raw_only: bool, index: tf.Tensor, states: States
    ) -> tuple[list[tf.Tensor], States]:
        output, states = generate_frame(
            generator, conditions[:, index], states, raw_only
        )
        newest = [of_scale[:, -1] for of_scale in states.frames]
        return [*_present(output), *newest], states

    channels = (3, 3, 3, 2, 1) if generator.config.use_flow else (3, 3)
    tensors = arrays(states.frames[-1], *channels)
    frames = [array for scale in states.frames for array in arrays(scale, 3)]
    made = [*tensors, *frames]
    if raw_frames:
        raw_step = functools.partial(step, True)
        states, made = rollout.loop(raw_step, states, made, (0, raw_frames))
    warped_step = functools.partial(step, False)
    _, made = rollout.loop(warped_step, states, made, (raw_frames, num_frames))
    stacked = _by_time(made)
    return stacked[: len(tensors)], stacked[len(tensors) :]


def _backward(
    generator: SequentialGenerator,
    conditions: tf.Tensor,
    known: States,
    upstream: tuple[tf.Tensor, ...],
    variables: list[tf.Variable],
    raw_frames: int,
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """Makes every frame again, the last one first, and follows it back."""
    num_frames = conditions.shape[1]

    def step(
        raw_only: bool, index: tf.Tensor, to_conditions: list, totals: list[tf.Tensor]
    ) -> tuple:
        condition = conditions[:, index]
        past = _states_before(generator, known, index)
        with tf.GradientTape() as tape:
            tape.watch(condition)
            again, _ = generate_frame(generator, condition, past, raw_only)
        first, *found = tape.gradient(
            _present(again),
            [condition, *variables],
            output_gradients=[tensor[:, index] for tensor in upstream],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        totals = [old + new for old, new in zip(totals, found, strict=True)]
        return index - 1, _write(to_conditions, index, [first]), totals

    to_conditions = [tf.TensorArray(conditions.dtype, num_frames)]
    totals = [tf.zeros(variable.shape, variable.dtype) for variable in variables]
    loop = (num_frames - 1, to_conditions, totals)
    loop = _while(lambda index: index >= raw_frames, step, False, loop)
    if raw_frames:
        loop = _while(lambda index: index >= 0, step, True, loop)
    return _by_time(loop[1])[0], list(loop[2])


def _while(
    condition: Callable[[tf.Tensor], tf.Tensor],
    step: Callable[..., tuple],
    raw_only: bool,
    loop: tuple[Any, ...],
) -> tuple[Any, ...]:
    """Runs `step` while the index, which the loop's variables begin with, allows it."""
    return tf.while_loop(
        lambda index, *_: condition(index),
        lambda *variables: step(raw_only, *variables),
        loop,
        parallel_iterations=1,
    )


def _states_before(
    generator: SequentialGenerator, known: States, index: tf.Tensor | int
) -> States:
    """Returns the states before frame `index` of the chunk."""
    times = index + tf.range(generator.num_prev_frames)
    return tf.nest.map_structure(lambda x: tf.gather(x, times, axis=1), known)


def _present(output: FrameOutput) -> list[tf.Tensor]:
    return [tensor for tensor in output if tensor is not None]


def _write(
    arrays: list[tf.TensorArray], index: tf.Tensor, tensors: list[tf.Tensor]
) -> list[tf.TensorArray]:
    return [a.write(index, tensor) for a, tensor in zip(arrays, tensors, strict=True)]


def _by_time(arrays: list[tf.TensorArray]) -> list[tf.Tensor]:
    """Stacks frames in [B, F, ...]."""
    stacked = [array.stack() for array in arrays]
    return [tf.transpose(x, [1, 0, *range(2, x.shape.rank)]) for x in stacked]
