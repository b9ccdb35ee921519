"""The coarse global generator of vid2vid (spec 1.3, 1.5, 1.6).

Inputs
    conditions: [B, H, W, n * C], the current and the n - 1 previous condition
        frames, oldest first, as encoded by `v2v_tf.conditioning`.
    prev_frames: float32 [B, H, W, (n - 1) * 3], range [-1, 1], oldest first.

Outputs (`FrameOutput`, all float32)
    The frame is `mask * hallucinated + (1 - mask) * warped last frame`; with the
    foreground branch, pixels of foreground labels are drawn by that branch instead.

Architecture
    Two encoders (conditions, previous frames) of `num_downsamples` stride-2 stages
    and half of the residual blocks are summed. Two trunks of the other blocks and
    two decoders follow: one for the image, one for flow and mask. The foreground
    branch is a third, narrower network that sees conditions only.

References:
    Wang et al., Video-to-Video Synthesis, NeurIPS 2018, arXiv 1808.06601.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from v2v_tf.config import GeneratorConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.convolution import (
    OutputHead,
    ResidualBlock,
    downsample,
    stem,
    upsample,
)
from v2v_tf.layers.warp import backward_warp

FLOW_SCALE = 20.0


class FrameOutput(NamedTuple):
    """What a generator gives for one frame; float32, images in [-1, 1].

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


def _chain(layers: list[tf.keras.layers.Layer], name: str) -> tf.keras.Sequential:
    return tf.keras.Sequential(layers, name=name)


def _encoder(filters: int, num_downsamples: int, blocks: int, name: str):
    widths = [filters * 2**i for i in range(1, num_downsamples + 1)]
    return _chain(
        [
            stem(filters),
            *(downsample(width) for width in widths),
            *(ResidualBlock(widths[-1]) for _ in range(blocks)),
        ],
        name,
    )


def _decoder(filters: int, num_downsamples: int, blocks: int, name: str):
    widths = [filters * 2**i for i in reversed(range(num_downsamples))]
    return _chain(
        [
            *(ResidualBlock(2 * widths[0]) for _ in range(blocks)),
            *(upsample(width) for width in widths),
        ],
        name,
    )


class CoarseGenerator(tf.keras.Model):
    """Makes one frame from conditions and the previous frames.

    Args:
        config: the generator's configuration; `num_scales` must be 1.
        foreground_channels: channels of the current condition frame, counted within
            one frame, whose sum is the foreground mask; used with
            `config.use_foreground`.

    Raises:
        InputError: `num_scales` above 1, or a foreground branch without labels.
    """

    def __init__(
        self,
        config: GeneratorConfig,
        foreground_channels: tuple[int, ...] = (),
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        if config.num_scales != 1:
            raise InputError(
                f"generator.num_scales is {config.num_scales}, but this version has "
                "the coarse generator only: use a preset of one scale"
            )
        if config.use_foreground and not foreground_channels:
            raise InputError(
                "generator.use_foreground is set, but nothing is foreground: name "
                "labels in conditioning.street.foreground_labels"
            )
        self.config = config
        self.foreground_channels = foreground_channels
        filters, downs = config.num_filters, config.num_downsamples
        in_trunk = config.num_blocks // 2
        in_encoder = config.num_blocks - in_trunk
        self.condition_encoder = _encoder(filters, downs, in_encoder, "condition")
        self.frame_encoder = _encoder(filters, downs, in_encoder, "frame")
        self.image_decoder = _decoder(filters, downs, in_trunk, "image")
        self.image_head = OutputHead(3, "tanh", name="image_head")
        if config.use_flow:
            self.flow_decoder = _decoder(filters, downs, in_trunk, "flow")
            self.flow_head = OutputHead(2, None, FLOW_SCALE, name="flow_head")
            self.mask_head = OutputHead(1, "sigmoid", name="mask_head")
        if config.use_foreground:
            width = filters // 2 if downs > 2 else filters
            self.foreground_encoder = _encoder(
                width, downs, config.num_blocks, "foreground_encoder"
            )
            self.foreground_decoder = _decoder(width, downs, 0, "foreground_decoder")
            self.foreground_head = OutputHead(3, "tanh", name="foreground_head")

    # Traced once, not once per frame of a chunk; AutoGraph finds nothing to convert.
    @tf.function(autograph=False)
    def call(
        self, conditions: tf.Tensor, prev_frames: tf.Tensor, raw_only: bool = False
    ) -> FrameOutput:
        """Generates one frame.

        Args:
            conditions: [B, H, W, n * C], oldest first.
            prev_frames: [B, H, W, (n - 1) * 3], oldest first, range [-1, 1].
            raw_only: leave the warp out (a history of zeros, spec 1.8).
        """
        features = self.condition_encoder(conditions) + self.frame_encoder(prev_frames)
        raw = self.image_head(self.image_decoder(features))
        foreground = mask_of_foreground = None
        if self.config.use_foreground:
            foreground = self.foreground_head(
                self.foreground_decoder(self.foreground_encoder(conditions))
            )
            mask_of_foreground = self._foreground_mask(conditions)
            raw_composed = _blend(mask_of_foreground, foreground, raw)
        else:
            raw_composed = raw
        if not self.config.use_flow:
            return FrameOutput(raw_composed, raw_composed, None, None, None)

        flow_features = self.flow_decoder(features)
        flow = self.flow_head(flow_features)
        mask = self.mask_head(flow_features)
        warped = backward_warp(prev_frames[..., -3:], flow)
        if raw_only:
            fake = raw_composed
        else:
            fake = _blend(mask, raw, warped)
            if foreground is not None:
                fake = _blend(mask_of_foreground, foreground, fake)
        return FrameOutput(fake, raw_composed, warped, flow, mask)

    def _foreground_mask(self, conditions: tf.Tensor) -> tf.Tensor:
        channels = conditions.shape[-1] // self.config.num_frames
        current = conditions[..., -channels:]
        planes = tf.gather(current, self.foreground_channels, axis=-1)
        total = tf.reduce_sum(tf.cast(planes, tf.float32), axis=-1, keepdims=True)
        return tf.clip_by_value(total, 0.0, 1.0)


def _blend(weight: tf.Tensor, one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    return weight * one + (1.0 - weight) * other
