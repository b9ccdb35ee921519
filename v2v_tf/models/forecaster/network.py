"""A sequential generator of the label distributions that come next (method.md 1.14).

Inputs
    maps: float32 [B, H, W, (n - 1) * L], the distributions over labels of the n - 1
        last frames, oldest first: one-hot where observed, as predicted after that.

Outputs
    A `Forecast` of the next frame. As in the generator of frames, it is the last map
    warped where the mask is 0 and a hallucinated one where it is 1; a blend of
    distributions is a distribution.

Architecture
    One encoder, as there are no conditions but the past; two trunks and decoders, one
    for labels, one for flow and mask. The flow is that of the coming frame to the last
    one, so that warping needs nothing of the future.

References:
    Wang et al., Video-to-Video Synthesis, NeurIPS 2018, arXiv 1808.06601: future
    prediction; the network of its first step was not published.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from v2v_tf.config import GeneratorConfig
from v2v_tf.layers.convolution import (
    ResidualBlock,
    chain,
    downsample,
    stem,
)
from v2v_tf.layers.heads import OutputHead, apply_heads
from v2v_tf.layers.upsampling import upsample
from v2v_tf.layers.warp import backward_warp
from v2v_tf.models.common.checks import check_image
from v2v_tf.models.vid2vid.frame import FLOW_SCALE
from v2v_tf.models.vid2vid.states import stack_time


class Forecast(NamedTuple):
    """One forecast frame; float32.

    Attributes:
        labels: [B, H, W, L], the distribution over labels of each pixel.
        raw_labels: [B, H, W, L], without the warp.
        flow: [B, H, W, 2], pixels, (dx, dy), of this frame to the last one.
        mask: [B, H, W, 1], 1 = hallucinated, 0 = warped.
    """

    labels: tf.Tensor
    raw_labels: tf.Tensor
    flow: tf.Tensor
    mask: tf.Tensor


class Forecaster(tf.keras.Model):
    """Predicts the labels of the next frame from those of the last ones.

    Args:
        config: widths, depths and n of the only scale.
        num_labels: number of labels L.
    """

    def __init__(self, config: GeneratorConfig, num_labels: int, **kwargs: Any) -> None:
        # Distributions enter as they are; inner layers cast them.
        super().__init__(autocast=False, **kwargs)
        self.config = config
        self.num_labels = num_labels
        filters, downs = config.num_filters, config.num_downsamples
        affine = config.affine_norms
        in_trunk = config.num_blocks // 2

        def residual(count: int) -> list[tf.keras.layers.Layer]:
            return [ResidualBlock(filters * 2**downs, affine) for _ in range(count)]

        def decoder(name: str) -> tf.keras.Sequential:
            widths = [filters * 2**i for i in reversed(range(downs))]
            ups = [upsample(width, affine, config.upsampling) for width in widths]
            return chain([*residual(in_trunk), *ups], name)

        downsamples = [downsample(filters * 2**i, affine) for i in range(1, downs + 1)]
        blocks = residual(config.num_blocks - in_trunk)
        self.encoder = chain([stem(filters, affine), *downsamples, *blocks], "encoder")
        self.label_decoder = decoder("labels")
        self.flow_decoder = decoder("flow")
        self.label_head = OutputHead(num_labels, None, name="label_head")
        self.flow_head = OutputHead(2, None, FLOW_SCALE, name="flow_head")
        self.mask_head = OutputHead(1, "sigmoid", name="mask_head")

    @property
    def num_prev_frames(self) -> int:
        """Number of past maps that a forecast is made from."""
        return self.config.num_frames - 1

    @property
    def multiple(self) -> int:
        """Downsampling factor, which height and width must be divisible by."""
        return 2**self.config.num_downsamples

    def call(self, maps: tf.Tensor) -> Forecast:
        """Forecasts one frame.

        Args:
            maps: float32 [B, H, W, (n - 1) * L], oldest first.

        Raises:
            InputError: rank, size or number of channels do not fit.
        """
        channels = self.num_prev_frames * self.num_labels
        check_image("maps", maps, self.multiple, channels)
        features = self.encoder(maps)
        raw = tf.nn.softmax(self.label_head(self.label_decoder(features)))
        heads = [self.flow_head, self.mask_head]
        flow, mask = apply_heads(heads, self.flow_decoder(features))
        warped = backward_warp(maps[..., -self.num_labels :], flow)
        return Forecast(mask * raw + (1.0 - mask) * warped, raw, flow, mask)

    def build_weights(self) -> None:
        """Makes every weight, by a map of the smallest size."""
        side = 4 * self.multiple
        self(tf.zeros([1, side, side, self.num_prev_frames * self.num_labels]))


def forecast_frame(
    forecaster: Forecaster, maps: tf.Tensor
) -> tuple[Forecast, tf.Tensor]:
    """Forecasts one frame, and returns the maps for the one after it.

    Args:
        forecaster: the network.
        maps: float32 [B, n - 1, H, W, L], oldest first.
    """
    forecast = forecaster(stack_time(maps))
    return forecast, tf.concat([maps[:, 1:], forecast.labels[:, None]], axis=1)
