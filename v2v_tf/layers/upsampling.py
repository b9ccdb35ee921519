"""Three ways to double the sides of maps (method.md 1.2).

A transposed convolution of three pixels and stride two reaches its results through one,
two or four of its weights by turns, which shows as a grid of period two. The two others
reach all of them alike.
"""

from __future__ import annotations

from typing import Literal

import tensorflow as tf

from v2v_tf.layers.convolution import (
    Convolution,
    NormalizedBlock,
    usual_initializer,
)

Upsampling = Literal["transposed", "resize", "subpixel"]
_PIXELS = 4  # that become of one


class Doubling(Convolution):
    """Doubles both sides of maps: the base class of the three ways.

    Args:
        filters: output channels.
        use_bias: whether a bias is added, see `Convolution`.
    """

    def doubled(self, maps: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
        """Says the shape that is known of maps twice as high and wide as inputs."""
        height, width = (None if n is None else 2 * n for n in inputs.shape[1:3])
        return tf.ensure_shape(maps, [inputs.shape[0], height, width, self.filters])


class UpConv2D(Doubling):
    """Doubles both sides by a transposed 3x3 convolution (method.md 1.2).

    Equal to PyTorch's with padding 1 and output_padding 1: the first row and column
    of TF's VALID result are dropped.

    Args:
        filters: output channels.
        use_bias: whether a bias is added, see `Convolution`.
    """

    def build(self, input_shape: tf.TensorShape) -> None:
        """Builds the kernel and the bias."""
        # PyTorch counts the fan-in of a transposed kernel by its output channels.
        channels = input_shape[-1]
        shape = [3, 3, self.filters, channels]
        self.add_weights(shape, channels, fan_in=self.filters * 9)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Doubles [B, H, W, C] to [B, 2H, 2W, filters]."""
        batch, height, width = tf.unstack(tf.shape(inputs)[:3])
        size = [batch, 2 * height + 1, 2 * width + 1, self.filters]
        maps = tf.nn.conv2d_transpose(inputs, self.kernel, size, 2, "VALID")
        # A slice, whose gradient is a copy; that of [:, 1:, 1:] takes far longer.
        maps = self.finish(tf.slice(maps, [0, 1, 1, 0], [-1, -1, -1, -1]))
        return self.doubled(maps, inputs)


class ResizeConv2D(UpConv2D):
    """Doubles both sides by repeating pixels, then convolves 3x3.

    Both at once, as a transposed 4x4 convolution of the small maps, whose kernel is the
    3x3 one doubled likewise: four ninths of the work. Zeros are around the maps.

    Args:
        filters: output channels.
        use_bias: whether a bias is added, see `Convolution`.
    """

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Doubles [B, H, W, C] to [B, 2H, 2W, filters]."""
        kernel = tf.cast(self.kernel, inputs.dtype)
        for axis in (0, 1):
            sides = [[1, 0] if axis == i else [0, 0] for i in range(4)]
            shifted = [[0, 1] if axis == i else [0, 0] for i in range(4)]
            kernel = tf.pad(kernel, sides) + tf.pad(kernel, shifted)
        batch, height, width = tf.unstack(tf.shape(inputs)[:3])
        size = [batch, 2 * height, 2 * width, self.filters]
        # SAME leaves out one pixel of the whole result on each side.
        maps = self.finish(tf.nn.conv2d_transpose(inputs, kernel, size, 2, "SAME"))
        return self.doubled(maps, inputs)


class SubpixelConv2D(Doubling):
    """Doubles both sides by a 3x3 convolution to four pixels for each (sub-pixel).

    Shi et al., arXiv 1609.05158. All four begin equal, so that there is no grid at the
    start (Aitken et al., arXiv 1707.02937). Zeros are around the maps.

    Args:
        filters: output channels.
        use_bias: whether a bias is added, see `Convolution`.
    """

    def build(self, input_shape: tf.TensorShape) -> None:
        """Builds the kernel and the bias."""
        channels = input_shape[-1]
        random = usual_initializer()

        def one_for_all(shape: list[int], dtype: tf.DType) -> tf.Tensor:
            one = random([*shape[:3], self.filters], dtype)
            return tf.tile(one, [1, 1, 1, _PIXELS])

        shape = [3, 3, channels, _PIXELS * self.filters]
        self.add_weights(shape, channels, channels * 9, one_for_all)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Doubles [B, H, W, C] to [B, 2H, 2W, filters]."""
        padded = tf.pad(inputs, [[0, 0], [1, 1], [1, 1], [0, 0]])
        maps = tf.nn.conv2d(padded, self.kernel, 1, "VALID")
        maps = self.finish(tf.nn.depth_to_space(maps, 2))
        return self.doubled(maps, inputs)


def upsample(
    filters: int, affine: bool = True, kind: Upsampling = "transposed"
) -> NormalizedBlock:
    """Returns the convolution that doubles both sides, normalised.

    Args:
        filters: output channels.
        affine: the norm has a learned scale and shift.
        kind: how sides are doubled.
    """
    layers = {
        "transposed": UpConv2D,
        "resize": ResizeConv2D,
        "subpixel": SubpixelConv2D,
    }
    return NormalizedBlock(layers[kind](filters, use_bias=False), affine)
