"""Image generators of pix2pixHD, which make first frames of videos (method.md 1.8).

Inputs
    conditions: [B, H, W, C], one condition frame as encoded by
        `v2v_tf.tasks`, without the instance edges.
    features: float [B, H, W, F], the style of every region, for `FeatureGenerator`.

Outputs
    float32 [B, H, W, 3], range [-1, 1]. Nothing is recurrent: a frame depends on its
    own conditions only.

Architecture
    `GlobalGenerator` is an encoder of stride-2 stages, residual blocks and a decoder.
    `FeatureGenerator` has the feature map joined at three depths besides.
    `LocalEnhancerGenerator` runs the global one without its head on smaller conditions
    and refines its features at each finer resolution. Instance normalisation has no
    scale and shift by default, and no width is above 1024.

References:
    Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with
    Conditional GANs, CVPR 2018, arXiv 1711.11585.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.layers.convolution import (
    NormalizedBlock,
    ResidualBlock,
    chain,
    downsample,
    stem,
)
from v2v_tf.layers.heads import OutputHead
from v2v_tf.layers.pyramid import pyramid
from v2v_tf.layers.upsampling import Upsampling, upsample
from v2v_tf.models.common.checks import check_image

_MAX_FILTERS = 1024


def _widths(num_filters: int, num_downsamples: int) -> list[int]:
    """Returns the width of each resolution, full resolution first."""
    return [min(num_filters * 2**i, _MAX_FILTERS) for i in range(num_downsamples + 1)]


def _encoder(widths: list[int], affine: bool) -> list[tf.keras.layers.Layer]:
    return [
        stem(widths[0], affine=affine),
        *(downsample(width, affine=affine) for width in widths[1:]),
    ]


def _blocks(width: int, num_blocks: int, affine: bool) -> list[tf.keras.layers.Layer]:
    return [ResidualBlock(width, affine=affine) for _ in range(num_blocks)]


def _decoder(
    widths: list[int], affine: bool, upsampling: Upsampling = "transposed"
) -> list[tf.keras.layers.Layer]:
    return [upsample(width, affine, upsampling) for width in reversed(widths[:-1])]


def _body(
    num_filters: int,
    num_downsamples: int,
    num_blocks: int,
    affine: bool,
    upsampling: Upsampling,
) -> list[tf.keras.layers.Layer]:
    widths = _widths(num_filters, num_downsamples)
    return [
        *_encoder(widths, affine),
        *_blocks(widths[-1], num_blocks, affine),
        *_decoder(widths, affine, upsampling),
    ]


def _channels_in(block: NormalizedBlock) -> int | None:
    """Returns the channels that a block was built for, None before the first call."""
    return block.convolution.in_channels


class GlobalGenerator(tf.keras.Model):
    """Makes an image from its conditions.

    Args:
        num_filters: width at full resolution; doubles with each downsampling, up to
            1024.
        num_downsamples: stride-2 stages; height and width must divide by 2 to this
            power.
        num_blocks: residual blocks at the smallest resolution.
        affine: give the instance normalisation a learned scale and shift.
        upsampling: how sides are doubled, see `layers.upsampling`.
    """

    def __init__(
        self,
        num_filters: int = 64,
        num_downsamples: int = 3,
        num_blocks: int = 9,
        affine: bool = False,
        upsampling: Upsampling = "transposed",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.multiple = 2**num_downsamples
        self.body = chain(
            _body(num_filters, num_downsamples, num_blocks, affine, upsampling), "body"
        )
        self.head = OutputHead(3, "tanh", name="head")

    def call(self, conditions: tf.Tensor) -> tf.Tensor:
        """Maps [B, H, W, C] to an image [B, H, W, 3].

        Raises:
            InputError: rank, size or channels do not fit.
        """
        channels = _channels_in(self.body.layers[0])
        check_image("conditions", conditions, self.multiple, channels)
        return self.head(self.body(conditions))


class FeatureGenerator(tf.keras.Model):
    """Makes an image from conditions and a feature map that sets its style.

    The features join at the input, before and after the residual blocks
    (average-pooled to that resolution), and before the last convolution.

    Args:
        num_features: channels of the feature map.
        num_filters: width at full resolution; doubles with each downsampling, up to
            1024.
        num_downsamples: stride-2 stages; height and width must divide by 2 to this
            power.
        num_blocks: residual blocks, as wide as the smallest resolution and the
            features together.
        affine: give the instance normalisation a learned scale and shift.
    """

    def __init__(
        self,
        num_features: int,
        num_filters: int = 64,
        num_downsamples: int = 3,
        num_blocks: int = 9,
        affine: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.multiple = 2**num_downsamples
        self.num_features = num_features
        self.num_downsamples = num_downsamples
        widths = _widths(num_filters, num_downsamples)
        width = widths[-1] + num_features
        self.encoder = chain(_encoder(widths, affine), "encoder")
        self.blocks = chain(_blocks(width, num_blocks, affine), "blocks")
        self.decoder = chain(_decoder(widths, affine), "decoder")
        self.head = OutputHead(3, "tanh", name="head")

    def call(self, conditions: tf.Tensor, features: tf.Tensor) -> tf.Tensor:
        """Makes an image [B, H, W, 3].

        Args:
            conditions: [B, H, W, C].
            features: [B, H, W, num_features], range [-1, 1].

        Raises:
            InputError: ranks, sizes or channels do not fit.
        """
        features = tf.convert_to_tensor(features)
        self._check(conditions, features)
        small = pyramid(tf.cast(features, tf.float32), self.num_downsamples + 1)[-1]
        x = self.encoder(_join(conditions, features))
        x = self.blocks(_join(x, small))
        x = self.decoder(_join(x, small))
        return self.head(_join(x, features))

    def _check(self, conditions: tf.Tensor, features: tf.Tensor) -> None:
        both = _channels_in(self.encoder.layers[0])
        channels = None if both is None else both - self.num_features
        check_image("conditions", conditions, self.multiple, channels)
        check_image("features", features, self.multiple, self.num_features)
        expected = conditions.shape[:3]
        if not features.shape[:3].is_compatible_with(expected):
            raise InputError(
                f"features: expected {expected} as the conditions, got "
                f"{features.shape[:3]}: give the features of the same examples at the "
                "same size"
            )


class LocalEnhancerGenerator(tf.keras.Model):
    """Makes a large image: a global generator, then enhancers, coarse to fine.

    Args:
        num_filters: width at full resolution; doubles with each downsampling, up to
            1024 in the global part.
        num_downsamples: stride-2 stages of the global part, which reads images that
            each enhancer has downsampled once; height and width must divide by 2 to
            the power of `num_downsamples + num_enhancers`.
        num_blocks: residual blocks of the global part.
        num_enhancers: number of times that the resolution doubles after the global
            part.
        num_local_blocks: residual blocks of each enhancer.
        affine: give the instance normalisation a learned scale and shift.
        upsampling: how sides are doubled, see `layers.upsampling`.
    """

    def __init__(
        self,
        num_filters: int = 32,
        num_downsamples: int = 4,
        num_blocks: int = 9,
        num_enhancers: int = 1,
        num_local_blocks: int = 3,
        affine: bool = False,
        upsampling: Upsampling = "transposed",
        **kwargs: Any,
    ) -> None:
        # Not autocast: conditions are pooled in float32.
        super().__init__(autocast=False, **kwargs)
        self.multiple = 2 ** (num_downsamples + num_enhancers)
        widths = [num_filters * 2**i for i in reversed(range(num_enhancers + 1))]
        self.coarse = chain(
            _body(widths[0], num_downsamples, num_blocks, affine, upsampling), "coarse"
        )
        self.enhancers = [
            Enhancer(width, num_local_blocks, affine, upsampling, name=f"enhancer_{n}")
            for n, width in enumerate(widths[1:], start=1)
        ]
        self.head = OutputHead(3, "tanh", name="head")

    def call(self, conditions: tf.Tensor) -> tf.Tensor:
        """Maps [B, H, W, C] to an image [B, H, W, 3].

        Raises:
            InputError: rank, size or channels do not fit.
        """
        channels = _channels_in(self.coarse.layers[0])
        check_image("conditions", conditions, self.multiple, channels)
        *finer, coarsest = pyramid(conditions, len(self.enhancers) + 1)
        features = self.coarse(coarsest)
        for enhancer, level in zip(self.enhancers, reversed(finer), strict=True):
            features = enhancer(level, features)
        return self.head(features)


class Enhancer(tf.keras.layers.Layer):
    """Refines the features of the next coarser level at the resolution of its own.

    Args:
        num_filters: width of the result; the coarser features are twice as wide.
        num_blocks: residual blocks.
        affine: give the instance normalisation a learned scale and shift.
        upsampling: how sides are doubled, see `layers.upsampling`.
    """

    def __init__(
        self,
        num_filters: int,
        num_blocks: int,
        affine: bool,
        upsampling: Upsampling = "transposed",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        widths = [num_filters, 2 * num_filters]
        self.encoder = chain(_encoder(widths, affine), "encoder")
        self.decoder = chain(
            [
                *_blocks(widths[1], num_blocks, affine),
                *_decoder(widths, affine, upsampling),
            ],
            "decoder",
        )

    def call(self, conditions: tf.Tensor, coarse: tf.Tensor) -> tf.Tensor:
        """Returns features [B, H, W, num_filters].

        Args:
            conditions: [B, H, W, C].
            coarse: [B, H / 2, W / 2, 2 * num_filters].
        """
        return self.decoder(self.encoder(conditions) + coarse)


def _join(one: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Concatenates channels in float32, the type of the last convolution."""
    return tf.concat([tf.cast(one, tf.float32), tf.cast(other, tf.float32)], axis=-1)
