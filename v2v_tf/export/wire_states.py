"""Packs recurrent states as named tensors, which a server gives and gets back.

A client keeps them between requests and reads none. Frames are those of every
scale in float32, as the next step needs them; conditions and instances stay integers
and are encoded anew, so that the encoding is in one place, the graph.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from v2v_tf.inference.frames import from_uint8, to_uint8

PREFIX = "state_"
FRAME_DTYPES = ("float32", "float16", "uint8")


class ServingStates(NamedTuple):
    """States before a frame.

    Attributes:
        conditions: [B, n - 1, H, W, P], of `StateFormat.plane_dtype`, oldest first.
        instances: int32 [B, n - 1, H, W]; None where the model uses none.
        frames: for each scale, float32 [B, n - 1, h, w, 3], range [-1, 1], coarsest
            first; one more with an anchor, which comes first.
        started: bool [B], whether a frame was generated already; None where a history
            of zeros cannot be.
        styles: float32 [B, L, K, F], of the whole video; None without styles.
    """

    conditions: tf.Tensor
    instances: tf.Tensor | None
    frames: tuple[tf.Tensor, ...]
    started: tf.Tensor | None
    styles: tf.Tensor | None = None


@dataclass(frozen=True)
class StateFormat:
    """Defines names, shapes and types of the states of a model.

    Attributes:
        history: number of past frames that a step reads, n - 1.
        num_planes: number of planes of a condition, P.
        plane_dtype: type of planes, uint8 or uint16.
        num_scales: number of scales of the generator.
        uses_instances: whether conditions come with instances.
        starts_raw: whether videos may begin with past frames of zeros.
        frame_dtype: type of past frames on the wire: `float32`, or `float16` or
            `uint8`, which are smaller and let frames drift.
        style_shape: shape (L, K, F) of a table of styles; None for a model without.
        num_anchors: number of frames that stay, before the past ones.
    """

    history: int
    num_planes: int
    plane_dtype: tf.DType
    num_scales: int
    uses_instances: bool
    starts_raw: bool
    frame_dtype: str = "float32"
    style_shape: tuple[int, int, int] | None = None
    num_anchors: int = 0

    def specs(self) -> dict[str, tf.TensorSpec]:
        """Returns the shapes and types of states by name."""
        n = self.history
        planes = [None, n, None, None, self.num_planes]
        specs = {"conditions": (planes, self.plane_dtype)}
        if self.uses_instances:
            specs["instances"] = ([None, n, None, None], tf.int32)
        for scale in range(self.num_scales):
            shape = [None, self.num_anchors + n, None, None, 3]
            specs[f"frames_{scale}"] = (shape, tf.dtypes.as_dtype(self.frame_dtype))
        if self.starts_raw:
            specs["started"] = ([None], tf.bool)
        if self.style_shape is not None:
            specs["styles"] = ([None, *self.style_shape], tf.float32)
        return {
            f"{PREFIX}{name}": tf.TensorSpec(shape, dtype, name=f"{PREFIX}{name}")
            for name, (shape, dtype) in specs.items()
        }

    def pack(self, states: ServingStates) -> dict[str, tf.Tensor]:
        """Returns states by their names on the wire."""
        tensors = {"conditions": states.conditions}
        if states.instances is not None:
            tensors["instances"] = states.instances
        for scale, frames in enumerate(states.frames):
            tensors[f"frames_{scale}"] = self._smaller(frames)
        if states.started is not None:
            tensors["started"] = states.started
        if states.styles is not None:
            tensors["styles"] = states.styles
        return {f"{PREFIX}{name}": tensor for name, tensor in tensors.items()}

    def unpack(self, tensors: Mapping[str, tf.Tensor]) -> ServingStates:
        """Returns what `pack` packed, in the types that a step computes in."""
        frames = (
            self._larger(tensors[f"{PREFIX}frames_{scale}"])
            for scale in range(self.num_scales)
        )
        return ServingStates(
            tensors[f"{PREFIX}conditions"],
            tensors[f"{PREFIX}instances"] if self.uses_instances else None,
            tuple(frames),
            tensors[f"{PREFIX}started"] if self.starts_raw else None,
            None if self.style_shape is None else tensors[f"{PREFIX}styles"],
        )

    def _smaller(self, frames: tf.Tensor) -> tf.Tensor:
        if self.frame_dtype == "uint8":
            return to_uint8(frames)
        return tf.cast(frames, self.frame_dtype)

    def _larger(self, frames: tf.Tensor) -> tf.Tensor:
        if self.frame_dtype == "uint8":
            return from_uint8(frames)
        return tf.cast(frames, tf.float32)


def finest_frames(num_scales: int) -> str:
    """Returns the name of the past frames of the finest of so many scales."""
    return f"{PREFIX}frames_{num_scales - 1}"


def past_frames(frames: tf.Tensor, history: int) -> np.ndarray:
    """Returns past frames of states, of any type of `FRAME_DTYPES`, as uint8.

    Args:
        frames: [B, n - 1, H, W, 3], with an anchor before them or without.
        history: number of past frames, n - 1.
    """
    frames = frames[:, -history:]
    if frames.dtype == tf.uint8:
        return frames.numpy()
    return to_uint8(tf.cast(frames, tf.float32)).numpy()
