"""Checks the inputs of signatures in the graph, with messages that say what to send.

A signature fixes types and ranks itself; these checks read sizes and values.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.export.wire_states import ServingStates
from v2v_tf.tasks.base import Conditioning

# A network takes a few hundred bytes for each: four frames of 2048x1024.
MAX_PIXELS = 1 << 23


def conditions_fit(
    planes: tf.Tensor,
    instances: tf.Tensor | None,
    conditioning: Conditioning,
    multiple: int,
    axes: int,
) -> list[tf.Operation]:
    """Checks the conditions of a request.

    Args:
        planes: [B, (N,) H, W, P], of `Conditioning.plane_dtype`.
        instances: int32 [B, (N,) H, W], or None.
        conditioning: conditioning of the task, which knows the limits of planes.
        multiple: downsampling factor, by which H and W must be divisible.
        axes: number of axes before H.
    """
    shape = tf.shape(planes)
    sides = shape[axes : axes + 2]
    # Frames of a clip are made one after the other.
    pixels = tf.reduce_prod(tf.cast(tf.concat([shape[:1], sides], 0), tf.int64))
    fits = tf.reduce_all(sides % multiple == 0) & tf.reduce_all(sides >= 2 * multiple)
    checks = [
        check(
            tf.reduce_all(shape[:axes] > 0),
            "conditions: expected one video and one frame or more, got the shape",
            shape,
        ),
        check(
            pixels <= MAX_PIXELS,
            f"conditions: the frames of a batch may have {MAX_PIXELS} pixels in all, "
            "got",
            pixels,
        ),
        check(
            fits,
            f"conditions: height and width must be divisible by {multiple} and at "
            f"least {2 * multiple}, got (height, width)",
            sides,
        ),
    ]
    for plane, highest in enumerate(conditioning.plane_limits):
        if highest < np.iinfo(conditioning.plane_dtype).max:
            found = tf.reduce_max(planes[..., plane])
            checks.append(
                check(
                    found <= highest,
                    f"conditions: values of plane {plane} must be 0 .. {highest} for "
                    f"task {conditioning.task}, got",
                    found,
                )
            )
    if instances is not None:
        checks += same_sides("instances", instances, "conditions", planes)
    return checks


def same_sides(
    name: str, tensor: tf.Tensor, other_name: str, other: tf.Tensor
) -> list[tf.Operation]:
    """Checks that two tensors agree in all axes but channels."""
    rank = min(tensor.shape.rank, other.shape.rank)
    rank -= int(tensor.shape.rank == other.shape.rank)
    ours, theirs = tf.shape(tensor)[:rank], tf.shape(other)[:rank]
    return [
        check(
            tf.reduce_all(ours == theirs),
            f"{name} and {other_name} must agree in batch, frames, height and width, "
            "got",
            ours,
            theirs,
        )
    ]


def states_fit(states: ServingStates, planes: tf.Tensor) -> list[tf.Operation]:
    """Checks states against the current condition, [B, H, W, P]."""
    batch, height, width = tf.unstack(tf.shape(planes)[:3])
    checks = []

    def expect(name: str, tensor: tf.Tensor, *wanted: tf.Tensor | int) -> None:
        shape = tf.shape(tensor)
        found = tf.concat([shape[:1], shape[2:4]], axis=0)
        checks.append(
            check(
                tf.reduce_all(found == tf.stack(wanted)),
                f"{name}: expected (batch, height, width) as the conditions ask, of "
                "the state that the last request of this video gave; expected, got",
                tf.stack(wanted),
                found,
            )
        )

    expect("state_conditions", states.conditions, batch, height, width)
    if states.instances is not None:
        expect("state_instances", states.instances, batch, height, width)
    for scale, frames in enumerate(states.frames):
        factor = 2 ** (len(states.frames) - 1 - scale)
        sides = (height // factor, width // factor)
        expect(f"state_frames_{scale}", frames, batch, *sides)
    if states.started is not None:
        found = tf.shape(states.started)[0]
        message = "state_started: expected one value a video; expected, got"
        checks.append(check(found == batch, message, batch, found))
    if states.styles is not None:
        checks += styles_fit("state_styles", states.styles, batch)
    return checks


def styles_fit(name: str, styles: tf.Tensor, batch: tf.Tensor) -> list[tf.Operation]:
    """Checks a table of styles for each video of a batch."""
    found = tf.shape(styles)[0]
    message = f"{name}: expected one table a video; expected, got"
    largest = tf.reduce_max(tf.abs(styles))
    return [
        check(found == batch, message, batch, found),
        # Not a number is no smaller either.
        check(largest <= 1.0, f"{name}: expected -1 .. 1, got up to", largest),
    ]


def check(holds: tf.Tensor, message: str, *values: tf.Tensor) -> tf.Operation:
    """Returns the operation that fails a request unless a condition holds.

    Args:
        holds: bool scalar.
        message: message of the refusal: what was expected.
        *values: tensors that came, printed after the message.
    """
    return tf.debugging.Assert(holds, [message, *values], summarize=8)
