"""The coarse global generator and the local enhancers (method.md 1.4 to 1.6).

Inputs
    conditions: [B, H, W, n * C], the current and the n - 1 previous condition
        frames, oldest first, as encoded by `v2v_tf.tasks`.
    prev_frames: float32 [B, H, W, (n - 1) * 3], range [-1, 1], oldest first.
    coarser: features of the next coarser scale, at half the size (enhancers only).

Outputs
    A `FrameOutput` of this scale, and the `Features` for the next finer one.

Architecture
    Coarse: two encoders (conditions, previous frames) of `num_downsamples` stride-2
    stages and half of the residual blocks are summed. Two trunks of the other blocks
    and two decoders follow: one for the image, one for flow and mask. The foreground
    branch is a third, narrower network that reads conditions only.
    Enhancers: two stems with one stride-2 stage each, summed, then added to the coarser
    features; residual blocks and one up-convolution, for the image, for flow and mask,
    and for the foreground. Only features come up, no image or flow of the coarser
    scale.

References:
    Wang et al., Video-to-Video Synthesis, NeurIPS 2018, arXiv 1808.06601.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.config import GeneratorConfig
from v2v_tf.layers.convolution import (
    ResidualBlock,
    chain,
    downsample,
    stem,
)
from v2v_tf.layers.upsampling import upsample
from v2v_tf.models.vid2vid.frame import Features, FrameGenerator, FrameOutput


class CoarseGenerator(FrameGenerator):
    """Makes the frame of the coarsest scale.

    Args:
        config: the generator's configuration.
        foreground_channels: channels of the foreground, see `FrameGenerator`.

    Raises:
        InputError: a foreground branch has no labels.
    """

    def __init__(
        self,
        config: GeneratorConfig,
        foreground_channels: tuple[int, ...] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(config, foreground_channels, 0, **kwargs)
        filters, downs = config.num_filters, config.num_downsamples
        in_trunk = config.num_blocks // 2
        in_encoder = config.num_blocks - in_trunk
        affine = config.affine_norms

        def encoder(
            name: str, width: int = filters, blocks: int = in_encoder
        ) -> tf.keras.Sequential:
            widths = [width * 2**i for i in range(1, downs + 1)]
            downsamples = [downsample(w, affine) for w in widths]
            residual = [ResidualBlock(width * 2**downs, affine) for _ in range(blocks)]
            return chain([stem(width, affine), *downsamples, *residual], name)

        def decoder(
            name: str, width: int = filters, blocks: int = in_trunk
        ) -> tf.keras.Sequential:
            widths = [width * 2**i for i in reversed(range(downs))]
            residual = [ResidualBlock(width * 2**downs, affine) for _ in range(blocks)]
            ups = [upsample(w, affine, config.upsampling) for w in widths]
            return chain([*residual, *ups], name)

        self.condition_encoder = encoder("condition")
        self.frame_encoder = encoder("frame")
        self.image_decoder = decoder("image")
        if config.use_flow:
            self.flow_decoder = decoder("flow")
        if config.use_foreground:
            width = foreground_filters(config, 0)
            self.foreground_encoder = encoder(
                "foreground_encoder", width, config.num_blocks
            )
            self.foreground_decoder = decoder("foreground_decoder", width, 0)

    def call(
        self,
        conditions: tf.Tensor,
        prev_frames: tf.Tensor,
        raw_only: bool | tf.Tensor = False,
    ) -> tuple[FrameOutput, Features]:
        """Generates one frame.

        Args:
            conditions: [B, H, W, n * C], oldest first.
            prev_frames: [B, H, W, (n - 1) * 3], oldest first, range [-1, 1].
            raw_only: leave the warp out (past frames are zeros, method.md 6.2).

        Raises:
            InputError: wrong ranks, channels that do not fit, a size that 2 to the
                `num_downsamples` does not divide.
        """
        prev_frames = tf.convert_to_tensor(prev_frames)
        self.check_inputs(conditions, prev_frames, 2**self.config.num_downsamples)
        fused = self.condition_encoder(conditions) + self.frame_encoder(prev_frames)
        flow = foreground = None
        if self.config.use_flow:
            flow = self.flow_decoder(fused)
        if self.config.use_foreground:
            foreground = self.foreground_decoder(self.foreground_encoder(conditions))
        features = Features(self.image_decoder(fused), flow, foreground)
        return self.compose(features, conditions, prev_frames, raw_only), features


class LocalEnhancer(FrameGenerator):
    """Makes the frame of a finer scale from that scale's inputs and coarser features.

    Args:
        config: the generator's configuration.
        foreground_channels: channels of the foreground, see `FrameGenerator`.
        scale: number of the scale, 1 for the one above the coarsest.

    Raises:
        InputError: a foreground branch has no labels.
    """

    def __init__(
        self,
        config: GeneratorConfig,
        foreground_channels: tuple[int, ...] = (),
        scale: int = 1,
        **kwargs: Any,
    ) -> None:
        super().__init__(config, foreground_channels, scale, **kwargs)
        filters, affine = config.num_filters // 2**scale, config.affine_norms

        def encoder(name: str, width: int = filters) -> tf.keras.Sequential:
            return chain([stem(width, affine), downsample(2 * width, affine)], name)

        def decoder(name: str, width: int = filters) -> tf.keras.Sequential:
            blocks = config.num_local_blocks
            residual = [ResidualBlock(2 * width, affine) for _ in range(blocks)]
            up = upsample(width, affine, config.upsampling)
            return chain([*residual, up], name)

        self.condition_encoder = encoder("condition")
        self.frame_encoder = encoder("frame")
        self.image_decoder = decoder("image")
        if config.use_flow:
            self.flow_decoder = decoder("flow")
        if config.use_foreground:
            width = foreground_filters(config, scale)
            self.foreground_encoder = encoder("foreground_encoder", width)
            self.foreground_decoder = decoder("foreground_decoder", width)

    def call(
        self,
        conditions: tf.Tensor,
        prev_frames: tf.Tensor,
        coarser: Features,
        raw_only: bool | tf.Tensor = False,
    ) -> tuple[FrameOutput, Features]:
        """Generates one frame.

        Args:
            conditions: [B, H, W, n * C], oldest first, of this scale.
            prev_frames: [B, H, W, (n - 1) * 3], oldest first, of this scale.
            coarser: features of the scale below, [B, H / 2, W / 2, ...].
            raw_only: leave the warp out.

        Raises:
            InputError: wrong ranks, channels that do not fit, odd sizes.
        """
        prev_frames = tf.convert_to_tensor(prev_frames)
        self.check_inputs(conditions, prev_frames, 2)
        fused = self.condition_encoder(conditions) + self.frame_encoder(prev_frames)
        flow = foreground = None
        if self.config.use_flow:
            flow = self.flow_decoder(fused + coarser.flow)
        if self.config.use_foreground:
            features = self.foreground_encoder(conditions) + coarser.foreground
            foreground = self.foreground_decoder(features)
        image = self.image_decoder(fused + coarser.image)
        features = Features(image, flow, foreground)
        return self.compose(features, conditions, prev_frames, raw_only), features


def foreground_filters(config: GeneratorConfig, scale: int) -> int:
    """Returns the width of the foreground branch at a scale (method.md 1.6)."""
    filters = config.num_filters // 2**scale
    return filters // 2 if config.num_downsamples > 2 else filters
