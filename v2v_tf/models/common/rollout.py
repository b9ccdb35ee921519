"""The roll-out loops: frame after frame, each from the states that the last left.

There are two, for a step is either Python's to repeat or TensorFlow's. `unroll` is
Python's: eager synthesis, streams, and traces of a few frames, which it unrolls.
`loop` is TensorFlow's: one copy of the step in the graph, for any number of frames.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import tensorflow as tf

Input = TypeVar("Input")
States = TypeVar("States")
Output = TypeVar("Output")


def unroll(
    step: Callable[[Input, States], tuple[Output, States]],
    states: States,
    inputs: Iterable[Input],
) -> Iterator[tuple[Output, States]]:
    """Takes a step for each input, when its output is asked for.

    Args:
        step: from an input and the states to an output and the next states.
        states: before the first step.
        inputs: one a step; each is read when its output is asked for.

    Yields:
        The output and the states after each step, in order.

    Example:
        ```python
        >>> list(unroll(lambda x, total: (10 * total, total + x), 1, [2, 5, 3]))
        [(10, 3), (30, 8), (80, 11)]

        ```
    """
    for one in inputs:
        output, states = step(one, states)
        yield output, states


def loop(
    step: Callable[[tf.Tensor, Any], tuple[list[tf.Tensor], Any]],
    states: Any,
    arrays: list[tf.TensorArray],
    indices: tuple[int | tf.Tensor, int | tf.Tensor],
    shapes: Any = None,
) -> tuple[Any, list[tf.TensorArray]]:
    """Takes a step for each index, in the graph, and writes what it gives.

    Args:
        step: from an index and the states to a tensor for each array and the next
            states.
        states: before the first step, a structure of tensors.
        arrays: where the tensors of a step go, at its index.
        indices: the first index, and one past the last.
        shapes: structure of the shapes that states keep; None for those they have.

    Returns:
        The states after the last step, and the arrays.

    Example:
        ```python
        >>> import tensorflow as tf
        >>> arrays = [tf.TensorArray(tf.int32, 3)]
        >>> step = lambda index, total: ([10 * total], total + index)
        >>> total, [made] = loop(step, tf.constant(1), arrays, (0, 3))
        >>> int(total), made.stack().numpy().tolist()
        (4, [10, 10, 20])

        ```
    """
    first, stop = indices

    def body(index: tf.Tensor, states: Any, arrays: list[tf.TensorArray]) -> tuple:
        made, states = step(index, states)
        written = [a.write(index, x) for a, x in zip(arrays, made, strict=True)]
        return index + 1, states, written

    invariants = None
    if shapes is not None:
        invariants = (tf.TensorShape([]), shapes, [tf.TensorShape(None)] * len(arrays))
    _, states, arrays = tf.while_loop(
        lambda index, *_: index < stop,
        body,
        (first, states, arrays),
        shape_invariants=invariants,
        parallel_iterations=1,
    )
    return states, arrays
