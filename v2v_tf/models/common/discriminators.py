"""Multi-scale PatchGAN discriminators (method.md 1.9).

The image discriminator reads the current condition and a frame; the temporal ones
read `num_frames` frames, `num_frames ** k` apart, and the reference flows between
them. Every intermediate map is returned, for feature matching.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from v2v_tf.layers.convolution import PaddedConv2D
from v2v_tf.layers.normalization import InstanceNormalization
from v2v_tf.layers.pyramid import pyramid
from v2v_tf.models.common.checks import check_image

Maps = list[list[tf.Tensor]]  # [copy][layer]
Discriminator = Callable[[tf.Tensor], Maps]

_MAX_GROWN_FILTERS = 512
_MAX_FIRST_FILTERS = 64
_SLOPE = 0.2


class PatchDiscriminator(tf.keras.Model):
    """Scores overlapping patches (70x70 with three stride-2 layers).

    Args:
        num_filters: width of the first convolution.
        num_layers: stride-2 convolutions.
        affine: norms learn a scale and a shift.
    """

    def __init__(
        self, num_filters: int, num_layers: int, affine: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        widths = [
            min(_MAX_GROWN_FILTERS, num_filters * 2**i) for i in range(num_layers + 1)
        ]
        strides = [2] * num_layers + [1]
        self.convolutions = [
            PaddedConv2D(width, 4, stride, padding=2, use_bias=index == 0)
            for index, (width, stride) in enumerate(zip(widths, strides, strict=True))
        ]
        self.normalizations = [InstanceNormalization(affine=affine) for _ in widths[1:]]
        self.score = PaddedConv2D(1, 4, padding=2)

    def call(self, inputs: tf.Tensor) -> list[tf.Tensor]:
        """Returns the maps of [B, H, W, C]: features, then scores [B, h, w, 1].

        Raises:
            InputError: a wrong rank, or other channels than the first call had.
        """
        check_image("inputs", inputs, channels=self.convolutions[0].in_channels)
        maps = []
        x = inputs
        for index, convolution in enumerate(self.convolutions):
            x = convolution(x)
            if index > 0:
                x = self.normalizations[index - 1](x)
            x = tf.nn.leaky_relu(x, _SLOPE)
            maps.append(x)
        maps.append(tf.cast(self.score(x), tf.float32))
        return maps


class MultiScaleDiscriminator(tf.keras.Model):
    """Copies of the patch discriminator on an image pyramid.

    Args:
        num_filters: width; a copy at scale i has min(64, num_filters * 2^i).
        num_layers: stride-2 convolutions of each copy.
        num_scales: number of copies; copy 0 reads full resolution.
        affine: norms learn a scale and a shift.
    """

    def __init__(
        self,
        num_filters: int,
        num_layers: int,
        num_scales: int,
        affine: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.copies = [
            PatchDiscriminator(
                min(_MAX_FIRST_FILTERS, num_filters * 2**i),
                num_layers,
                affine,
                name=f"scale{i}",
            )
            for i in range(num_scales)
        ]

    def call(self, inputs: tf.Tensor, skip: int = 0) -> Maps:
        """Returns `out[scale][layer]` of [B, H, W, C], full resolution first.

        Args:
            inputs: [B, H, W, C].
            skip: number of finest copies to leave out; the inputs are then of the
                size that the first of the others reads.

        Raises:
            InputError: a wrong rank, or other channels than the first call had.
        """
        channels = self.copies[0].convolutions[0].in_channels
        check_image("inputs", inputs, channels=channels)
        copies = self.copies[skip:]
        images = pyramid(inputs, len(copies))
        return [copy(x) for copy, x in zip(copies, images, strict=True)]

    def without_finest(self, skip: int) -> Discriminator:
        """Returns the discriminator as if its `skip` finest copies were not there."""
        return lambda inputs: self(inputs, skip=skip)
