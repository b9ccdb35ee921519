"""Multi-scale PatchGAN discriminators (method.md 1.9).

The image discriminator reads the current condition and a frame; the temporal ones
read `num_frames` frames, `num_frames ** k` apart, and the reference flows between
them. Every intermediate map is returned, for feature matching.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import tensorflow as tf

from v2v_tf.layers.convolution import PaddedConv2D
from v2v_tf.layers.normalization import InstanceNormalization
from v2v_tf.layers.pyramid import pyramid
from v2v_tf.layers.spectral import SpectralConv2D
from v2v_tf.models.common.checks import check_image

Maps = list[list[tf.Tensor]]  # [copy][layer]
Discriminator = Callable[[tf.Tensor], Maps]
Norm = Literal["example", "chunk", "spectral"]

_MAX_GROWN_FILTERS = 512
_MAX_FIRST_FILTERS = 64
_SLOPE = 0.2


class PatchDiscriminator(tf.keras.Model):
    """Scores overlapping patches (70x70 with three stride-2 layers).

    Args:
        num_filters: width of the first convolution.
        num_layers: stride-2 convolutions.
        affine: norms learn a scale and a shift.
        spectral: normalise kernels and not maps.
    """

    def __init__(
        self,
        num_filters: int,
        num_layers: int,
        affine: bool = True,
        spectral: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        kind = SpectralConv2D if spectral else PaddedConv2D
        widths = [
            min(_MAX_GROWN_FILTERS, num_filters * 2**i) for i in range(num_layers + 1)
        ]
        strides = [2] * num_layers + [1]
        self.convolutions = [
            kind(width, 4, stride, padding=2, use_bias=spectral or index == 0)
            for index, (width, stride) in enumerate(zip(widths, strides, strict=True))
        ]
        self.normalizations = [
            InstanceNormalization(affine=affine) for _ in widths[1:] if not spectral
        ]
        self.score = kind(1, 4, padding=2)

    def call(self, inputs: tf.Tensor, together: int = 1) -> list[tf.Tensor]:
        """Returns the maps of [B, H, W, C]: features, then scores [B, h, w, 1].

        Args:
            inputs: [B, H, W, C].
            together: number of examples, one after the other, that share the mean and
                the variance of norms.

        Raises:
            InputError: a wrong rank, or other channels than the first call had.
        """
        check_image("inputs", inputs, channels=self.convolutions[0].in_channels)
        maps = []
        x = inputs
        for index, convolution in enumerate(self.convolutions):
            x = convolution(x)
            if index > 0 and self.normalizations:
                x = _normalized(self.normalizations[index - 1], x, together)
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
        norm: what norms take the mean and the variance of: every `example`, or all
            examples of a `chunk` of one clip, as NVIDIA/vid2vid does; with `spectral`
            kernels are normalised, and no maps.
    """

    def __init__(
        self,
        num_filters: int,
        num_layers: int,
        num_scales: int,
        affine: bool = True,
        norm: Norm = "example",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.norm = norm
        self.copies = [
            PatchDiscriminator(
                min(_MAX_FIRST_FILTERS, num_filters * 2**i),
                num_layers,
                affine,
                norm == "spectral",
                name=f"scale{i}",
            )
            for i in range(num_scales)
        ]

    def call(self, inputs: tf.Tensor, skip: int = 0, together: int = 1) -> Maps:
        """Returns `out[scale][layer]` of [B, H, W, C], full resolution first.

        Args:
            inputs: [B, H, W, C].
            skip: number of finest copies to leave out; the inputs are then of the
                size that the first of the others reads.
            together: number of examples of a chunk of one clip, which follow each
                other.

        Raises:
            InputError: a wrong rank, or other channels than the first call had.
        """
        channels = self.copies[0].convolutions[0].in_channels
        check_image("inputs", inputs, channels=channels)
        copies = self.copies[skip:]
        images = pyramid(inputs, len(copies))
        if self.norm != "chunk":
            together = 1
        return [copy(x, together) for copy, x in zip(copies, images, strict=True)]

    def of_chunks(self, skip: int, together: int) -> Discriminator:
        """Returns the discriminator of whole chunks, without its finest copies.

        Args:
            skip: number of copies to leave out.
            together: number of examples of a chunk of one clip.
        """
        return lambda inputs: self(inputs, skip=skip, together=together)


def _normalized(
    norm: InstanceNormalization, maps: tf.Tensor, together: int
) -> tf.Tensor:
    """Normalises [B, H, W, C]; several examples as one of all their pixels."""
    if together == 1:
        return norm(maps)
    batch, height, width, channels = maps.shape
    batch = -1 if batch is None else batch // together
    if height is None or width is None:
        _, height, width, _ = tf.unstack(tf.shape(maps))
    folded = tf.reshape(maps, [batch, together * height, width, channels])
    return tf.reshape(norm(folded), tf.shape(maps))
