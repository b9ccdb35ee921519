"""The encoder that gives every instance of an image a style vector (method.md 1.13).

References:
    Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with
    Conditional GANs, CVPR 2018, arXiv 1711.11585.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.layers.convolution import chain, downsample, stem
from v2v_tf.layers.heads import OutputHead
from v2v_tf.layers.instance_pooling import instance_average_pool
from v2v_tf.layers.upsampling import upsample
from v2v_tf.models.common.checks import check_image


class FeatureEncoder(tf.keras.Model):
    """Encodes an image to features that are constant within every instance.

    Args:
        num_features: channels of the result.
        num_filters: width at full resolution; doubles with each downsampling.
        num_downsamples: stride-2 stages; height and width must divide by 2 to this
            power.
        affine: give the instance normalisation a learned scale and shift.
    """

    def __init__(
        self,
        num_features: int,
        num_filters: int = 16,
        num_downsamples: int = 4,
        affine: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.multiple = 2**num_downsamples
        widths = [num_filters * 2**i for i in range(num_downsamples + 1)]
        self.body = chain(
            [
                stem(widths[0], affine=affine),
                *(downsample(width, affine=affine) for width in widths[1:]),
                *(upsample(width, affine=affine) for width in reversed(widths[:-1])),
            ],
            "body",
        )
        self.head = OutputHead(num_features, "tanh", name="head")

    def call(self, images: tf.Tensor, instances: tf.Tensor) -> tf.Tensor:
        """Encodes images and averages the features over every instance.

        Args:
            images: [B, H, W, 3], range [-1, 1].
            instances: ids of any numeric type, [B, H, W] or [B, H, W, 1].

        Returns:
            float32 [B, H, W, num_features], range [-1, 1].

        Raises:
            InputError: ranks, sizes or channels do not fit.
        """
        check_image("images", images, self.multiple, 3)
        return instance_average_pool(self.head(self.body(images)), instances)
