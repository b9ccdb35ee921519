"""Defines output heads: 7x7 convolutions to few channels, always in float32.

Convolution kernels for CPUs and GPUs alike fill vectors of output channels, and a head
has three. So the seven rows of the kernel become output channels of a 1x7 convolution,
whose results are then shifted and summed: the same sum in another order, in less than
half the time. Heads that read the same features share one convolution.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from v2v_tf.layers.convolution import PaddedConv2D
from v2v_tf.layers.padding import reflect_pad

_SIZE = 7
_REACH = _SIZE // 2


class OutputHead(tf.keras.layers.Layer):
    """Applies a reflecting 7x7 convolution, an activation and a scale.

    Args:
        filters: output channels.
        activation: `tanh`, `sigmoid` or None.
        scale: factor on the result; flow heads give pixels (method.md 1.7).
    """

    def __init__(
        self, filters: int, activation: str | None, scale: float = 1.0, **kwargs: Any
    ) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.scale = scale
        # Holds the weights.
        self.convolution = PaddedConv2D(
            filters, _SIZE, padding=_REACH, reflect=True, dtype="float32"
        )
        self.activation = tf.keras.activations.get(activation)

    def build(self, input_shape: tf.TensorShape) -> None:
        """Builds the kernel and the bias."""
        self.convolution.build(input_shape)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps features [B, H, W, C] to float32 [B, H, W, filters]."""
        return apply_heads([self], inputs)[0]


def apply_heads(heads: Sequence[OutputHead], features: tf.Tensor) -> list[tf.Tensor]:
    """Returns what each head makes of the same features [B, H, W, C]."""
    features = tf.cast(features, tf.float32)
    for head in heads:
        if not head.built:
            head.build(features.shape)
    kernel = tf.concat([head.convolution.kernel for head in heads], axis=-1)
    bias = tf.concat([head.convolution.bias for head in heads], axis=-1)
    maps = tf.nn.bias_add(_convolve(features, kernel), bias)
    parts = tf.split(maps, [head.convolution.filters for head in heads], axis=-1)
    return [
        head.scale * head.activation(part)
        for head, part in zip(heads, parts, strict=True)
    ]


def _convolve(image: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Convolves [B, H, W, C], mirrored at its borders, with [7, 7, C, F]."""
    size, _, channels, filters = kernel.shape
    rows = tf.reshape(
        tf.transpose(kernel, [1, 2, 0, 3]), [1, size, channels, size * filters]
    )
    maps = tf.nn.conv2d(reflect_pad(image, 0, _REACH), rows, 1, "VALID")
    # Row r of the kernel counts where the image is r - 3 rows below: ones at (r, r).
    chosen = tf.reshape(tf.eye(size * filters), [size * filters, size, 1, filters])
    chosen = tf.transpose(chosen, [1, 2, 0, 3])
    return tf.nn.conv2d(reflect_pad(maps, _REACH, 0), chosen, 1, "VALID")
