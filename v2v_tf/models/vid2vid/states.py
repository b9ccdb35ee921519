"""Generation frame by frame with explicit recurrent states (method.md 6.1, 4.2).

States hold all that the next frame needs of the past: the last n - 1 encoded condition
frames and, for every scale, the last n - 1 frames that this scale made. A function
takes states and returns states; nothing is remembered elsewhere, so a stream and a
whole clip are the same computation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import tensorflow as tf

from v2v_tf.models.vid2vid.frame import FrameOutput

if TYPE_CHECKING:
    from v2v_tf.models.vid2vid.generator import SequentialGenerator


class States(NamedTuple):
    """Recurrent states, oldest frame first.

    Attributes:
        conditions: [B, n - 1, H, W, C], encoded, at full resolution.
        frames: one float32 [B, n - 1, h, w, 3] a scale, range [-1, 1]; coarsest
            scale first. With an anchor (`generator.anchor`) [B, n, h, w, 3], the anchor
            first.
        styles: the table of the whole video, float32 [B, L, K, F], where conditions
            are encoded with it (`models/common/style_tables.py`); passed on as it is.
    """

    conditions: tf.Tensor
    frames: tuple[tf.Tensor, ...]
    styles: tuple[tf.Tensor, ...] = ()


def generate_frame(
    generator: SequentialGenerator,
    condition: tf.Tensor,
    states: States,
    raw_only: bool | tf.Tensor = False,
    disturb: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> tuple[FrameOutput, States]:
    """Generates one frame.

    Args:
        generator: network of all scales.
        condition: [B, H, W, C], the current condition frame, encoded.
        states: states after the frames before.
        raw_only: leave the warp out, see `SequentialGenerator.call`.
        disturb: function that returns past frames [B, n - 1, h, w, 3] as the generator
            is to see them; None for as they are. States keep them as they are.

    Returns:
        The finest scale's tensors and the states for the next frame.
    """
    window = tf.concat([states.conditions, condition[:, None]], axis=1)
    seen = states.frames if disturb is None else tuple(map(disturb, states.frames))
    outputs = generator(
        stack_time(window),
        tuple(map(stack_time, seen)),
        raw_only=raw_only,
    )
    kept = generator.config.num_anchors
    frames = tuple(
        tf.concat([past[:, :kept], past[:, kept + 1 :], output.fake_frames[:, None]], 1)
        for past, output in zip(states.frames, outputs, strict=True)
    )
    return outputs[-1], States(window[:, 1:], frames, states.styles)


def stack_time(sequence: tf.Tensor) -> tf.Tensor:
    """Moves time into channels: [B, N, H, W, C] -> [B, H, W, N * C], oldest first."""
    return tf.concat(tf.unstack(sequence, axis=1), axis=-1)


def merge_time(sequence: tf.Tensor) -> tf.Tensor:
    """Reshapes [B, N, H, W, C] to [B * N, H, W, C]."""
    return tf.reshape(sequence, tf.concat([[-1], tf.shape(sequence)[2:]], axis=0))


def split_time(images: tf.Tensor, num: int) -> tf.Tensor:
    """Reshapes [B * N, H, W, C] back to [B, N, H, W, C]."""
    return tf.reshape(images, tf.concat([[-1, num], tf.shape(images)[1:]], axis=0))
