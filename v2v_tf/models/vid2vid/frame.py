"""The tensors of one generated frame, and their composition (method.md 1.7).

The frame is `mask * hallucinated + (1 - mask) * warped last frame`; with the
foreground branch, pixels of foreground labels are drawn by that branch instead,
whatever the mask says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import tensorflow as tf

from v2v_tf.config import GeneratorConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.heads import OutputHead, apply_heads
from v2v_tf.layers.warp import backward_warp
from v2v_tf.models.common.checks import check_image

FLOW_SCALE = 20.0


class FrameOutput(NamedTuple):
    """One frame of a generator; float32, images in [-1, 1].

    Attributes:
        fake_frames: [B, H, W, 3], the result.
        raw_frames: [B, H, W, 3], without the warp.
        warped_frames: [B, H, W, 3], the last frame warped; None without flow.
        flow: [B, H, W, 2], pixels, (dx, dy), backward; None without flow.
        mask: [B, H, W, 1], 1 = hallucinated, 0 = warped; None without flow.
    """

    fake_frames: tf.Tensor
    raw_frames: tf.Tensor
    warped_frames: tf.Tensor | None
    flow: tf.Tensor | None
    mask: tf.Tensor | None


class Features(NamedTuple):
    """Maps for the heads, and for the enhancer of the next finer scale.

    Attributes:
        image: [B, H, W, F].
        flow: [B, H, W, F]; None without flow.
        foreground: [B, H, W, F']; None without the foreground branch.
    """

    image: tf.Tensor
    flow: tf.Tensor | None
    foreground: tf.Tensor | None


class FrameGenerator(tf.keras.Model):
    """Makes a frame with the heads that all scales share; a base class.

    Args:
        config: the generator's configuration.
        foreground_channels: channels of the current condition frame, counted within
            one frame, whose sum is the foreground mask; used with
            `config.use_foreground`.
        scale: 0 for the coarsest; flow is in pixels of the scale, so the factor of
            its head doubles with each (method.md 1.7).

    Raises:
        InputError: a foreground branch has no labels.
    """

    def __init__(
        self,
        config: GeneratorConfig,
        foreground_channels: tuple[int, ...],
        scale: int,
        **kwargs: Any,
    ) -> None:
        # Frames and label fractions enter as they are; inner layers cast them.
        super().__init__(autocast=False, **kwargs)
        if config.use_foreground and not foreground_channels:
            raise InputError(
                "generator.use_foreground is set, but nothing is foreground: name "
                "labels in conditioning.street.foreground_labels"
            )
        self.config = config
        self.foreground_channels = foreground_channels
        self.image_head = OutputHead(3, "tanh", name="image_head")
        if config.use_flow:
            factor = FLOW_SCALE * 2**scale
            self.flow_head = OutputHead(2, None, factor, name="flow_head")
            self.mask_head = OutputHead(1, "sigmoid", name="mask_head")
        if config.use_foreground:
            self.foreground_head = OutputHead(3, "tanh", name="foreground_head")

    @property
    def in_channels(self) -> int | None:
        """Channels of the window that it reads; None before it is built."""
        return self.condition_encoder.layers[0].convolution.in_channels

    def check_inputs(
        self, conditions: tf.Tensor, prev_frames: tf.Tensor, multiple: int
    ) -> None:
        """Raises InputError for shapes that do not fit the network or each other."""
        num_past = self.config.num_anchors + self.config.num_frames - 1
        check_image("conditions", conditions, multiple, self.in_channels)
        check_image("prev_frames", prev_frames, multiple, 3 * num_past)
        if conditions.shape[-1] % self.config.num_frames:
            raise InputError(
                f"conditions: expected {self.config.num_frames} frames stacked in the "
                f"channels (generator.num_frames), got {conditions.shape[-1]} channels,"
                " which that does not divide: stack the window, oldest first"
            )
        if not conditions.shape[:3].is_compatible_with(prev_frames.shape[:3]):
            raise InputError(
                "conditions and prev_frames must agree in batch, height and width, got "
                f"{conditions.shape} and {prev_frames.shape}"
            )

    def compose(
        self,
        features: Features,
        conditions: tf.Tensor,
        prev_frames: tf.Tensor,
        raw_only: bool | tf.Tensor,
    ) -> FrameOutput:
        """Returns the frame that the heads make of `features`.

        Args:
            features: features of this scale.
            conditions: [B, H, W, n * C], oldest first.
            prev_frames: float32 [B, H, W, (n - 1) * 3], oldest first.
            raw_only: leave the warp out (past frames are zeros, method.md 6.2); a
                bool [B] says it for each example.
        """
        hallucinated = self.image_head(features.image)
        draw = self._foreground(features, conditions)
        raw = draw(hallucinated)
        if not self.config.use_flow:
            return FrameOutput(raw, raw, None, None, None)
        flow, mask = apply_heads([self.flow_head, self.mask_head], features.flow)
        warped = backward_warp(prev_frames[..., -3:], flow)
        if raw_only is True:
            return FrameOutput(raw, raw, warped, flow, mask)
        fake = draw(_blend(mask, hallucinated, warped))
        if isinstance(raw_only, tf.Tensor):
            fake = tf.where(raw_only[:, None, None, None], raw, fake)
        return FrameOutput(fake, raw, warped, flow, mask)

    def _foreground(
        self, features: Features, conditions: tf.Tensor
    ) -> Callable[[tf.Tensor], tf.Tensor]:
        """Returns what draws the foreground over a frame."""
        if not self.config.use_foreground:
            return lambda frame: frame
        drawn = self.foreground_head(features.foreground)
        where = foreground_mask(
            conditions, self.config.num_frames, self.foreground_channels
        )
        return lambda frame: _blend(where, drawn, frame)


def foreground_mask(
    conditions: tf.Tensor, num_frames: int, channels: tuple[int, ...]
) -> tf.Tensor:
    """Returns the clipped sum of the current frame's foreground planes (method.md 1.6).

    Args:
        conditions: [B, H, W, n * C], oldest first; label planes in [0, 1], soft at
            coarse scales.
        num_frames: frames of the window, n.
        channels: channels of the foreground planes, counted within one frame.

    Returns:
        float32 [B, H, W, 1], range [0, 1].
    """
    per_frame = conditions.shape[-1] // num_frames
    current = conditions[..., -per_frame:]
    planes = tf.cast(tf.gather(current, channels, axis=-1), tf.float32)
    return tf.clip_by_value(tf.reduce_sum(planes, axis=-1, keepdims=True), 0.0, 1.0)


def _blend(weight: tf.Tensor, one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    return weight * one + (1.0 - weight) * other
