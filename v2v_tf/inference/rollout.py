"""Rolls out over arrays: pairs what comes in, and stacks what goes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np

from v2v_tf.inference.frames import Synthesized
from v2v_tf.models.common.rollout import unroll

Input = TypeVar("Input")
States = TypeVar("States")
Output = TypeVar("Output")
# The planes of one frame, [H, W, P], and its instances, [H, W], or None.
Condition = tuple[np.ndarray, np.ndarray | None]


def roll_out(
    step: Callable[[Input, States], tuple[Output, States]],
    states: States,
    inputs: Iterable[Input],
) -> Iterator[Output]:
    """Generates one output for each input, when it is asked for.

    Args:
        step: function from an input and the states to an output and the next states.
        states: states before the first step.
        inputs: one input for each step; each is read when its output is asked for.

    Yields:
        The outputs, in order.

    Example:
        ```python
        >>> list(roll_out(lambda x, total: (10 * total, total + x), 1, [2, 5, 3]))
        [10, 30, 80]
        ```
    """
    for output, _ in unroll(step, states, inputs):
        yield output


def conditions_of(
    planes: Iterable[np.ndarray], instances: Iterable[np.ndarray] | None
) -> Iterator[Condition]:
    """Pairs the planes of each frame with its instances, reading both one by one.

    Args:
        planes: [H, W, P], one after the other.
        instances: integers [H, W], as many; None without. Where they end early, the
            frames left over have none.

    Yields:
        (planes, instances or None) of each frame.
    """
    ids = None if instances is None else iter(instances)
    for one in planes:
        yield one, None if ids is None else next(ids, None)


def stack_synthesized(frames: Iterable[Synthesized]) -> Synthesized:
    """Stacks generated frames to the arrays of a clip.

    Args:
        frames: frames to join, one or more; all have the same parts.

    Returns:
        The same parts, with an axis of frames before the others.
    """
    return Synthesized._make(
        None if parts[0] is None else np.stack(parts)
        for parts in zip(*frames, strict=True)
    )
