"""Convolutions with the padding and initialisation of NVIDIA/vid2vid (method.md 1.2).

Padding is explicit (`tf.pad` and VALID): TF's SAME centres stride-2 windows on odd
pixels (method.md 1.2), and EXPLICIT padding falls to a slow kernel in bfloat16.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from v2v_tf.layers.gradients import WithGradient, custom_gradient
from v2v_tf.layers.normalization import InstanceNormalization
from v2v_tf.layers.padding import reflect_pad

_KERNEL_STDDEV = 0.02


class Convolution(tf.keras.layers.Layer):
    """Adds a kernel ~ N(0, 0.02^2) and a bias ~ U(+-1 / sqrt(fan_in)).

    Args:
        filters: output channels.
        use_bias: add the bias. False where a norm follows, which takes any bias away:
            the weight exists all the same (published checkpoints hold it), and its
            gradient is exactly zero instead of rounding noise.
    """

    def __init__(self, filters: int, use_bias: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.use_bias = use_bias
        self._in_channels: int | None = None

    def add_weights(
        self,
        kernel_shape: Sequence[int],
        in_channels: int,
        fan_in: int,
        initializer: Callable[..., tf.Tensor] | None = None,
    ) -> None:
        """Adds kernel and bias.

        Args:
            kernel_shape: shape of the kernel.
            in_channels: channels that it reads.
            fan_in: values that a result is made of, as PyTorch counts them.
            initializer: makes the kernel from its shape and type; None for the usual.
        """
        self._in_channels = in_channels
        limit = 1.0 / math.sqrt(fan_in)
        self.kernel = self.add_weight(
            name="kernel",
            shape=kernel_shape,
            initializer=initializer or usual_initializer(),
        )
        self.bias = self.add_weight(
            name="bias",
            shape=[self.filters],
            initializer=tf.keras.initializers.RandomUniform(-limit, limit),
        )

    @property
    def in_channels(self) -> int | None:
        """Channels that it reads; None before it is built."""
        return self._in_channels

    def finish(self, maps: tf.Tensor) -> tf.Tensor:
        """Returns maps [B, H, W, filters] with the bias, where it is used."""
        if self.use_bias:
            return tf.nn.bias_add(maps, self.bias)
        return _leave_out(maps, tf.convert_to_tensor(self.bias))

    def get_config(self) -> dict:
        """Returns the arguments."""
        own = {"filters": self.filters, "use_bias": self.use_bias}
        return {**super().get_config(), **own}


def usual_initializer() -> tf.keras.initializers.Initializer:
    """Returns what kernels begin with, N(0, 0.02^2) (method.md 1.2)."""
    return tf.keras.initializers.RandomNormal(0.0, _KERNEL_STDDEV)


@custom_gradient
def _leave_out(maps: tf.Tensor, bias: tf.Tensor) -> WithGradient:
    return tf.identity(maps), lambda upstream: (upstream, tf.zeros_like(bias))


class PaddedConv2D(Convolution):
    """Convolves maps that are padded equally on all four sides.

    Args:
        filters: output channels.
        kernel_size: side of the kernel.
        strides: stride of both axes.
        padding: pixels on every side.
        reflect: pad with the mirrored image, its edge excluded, not with zeros;
            the image must be larger than `padding`.
        use_bias: whether a bias is added, see `Convolution`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        padding: int = 0,
        reflect: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(filters, **kwargs)
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding
        self.reflect = reflect

    def build(self, input_shape: tf.TensorShape) -> None:
        """Builds the kernel and the bias."""
        size, channels = self.kernel_size, input_shape[-1]
        shape = [size, size, channels, self.filters]
        self.add_weights(shape, channels, fan_in=channels * size**2)
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Convolves [B, H, W, C] to [B, H', W', filters]."""
        if self.padding and self.reflect:
            inputs = reflect_pad(inputs, self.padding, self.padding)
        elif self.padding:
            sides = [self.padding, self.padding]
            inputs = tf.pad(inputs, [[0, 0], sides, sides, [0, 0]])
        kernel = self.applied_kernel(inputs.dtype)
        return self.finish(tf.nn.conv2d(inputs, kernel, self.strides, "VALID"))

    def applied_kernel(self, dtype: tf.DType) -> tf.Tensor:
        """Returns the kernel as it is applied, of a type."""
        return tf.cast(self.kernel, dtype)

    def get_config(self) -> dict:
        """Returns the arguments."""
        names = ("kernel_size", "strides", "padding", "reflect")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}


class NormalizedBlock(tf.keras.layers.Layer):
    """Applies a convolution, instance normalisation, and ReLU.

    Args:
        convolution: the layer applied first; needs no bias.
        affine: the norm has a learned scale and shift.
    """

    def __init__(
        self, convolution: tf.keras.layers.Layer, affine: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.convolution = convolution
        self.normalization = InstanceNormalization(affine=affine)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps [B, H, W, C] to what the convolution gives, normalised."""
        return tf.nn.relu(self.normalization(self.convolution(inputs)))


class ResidualBlock(tf.keras.layers.Layer):
    """Adds two normalised 3x3 convolutions to its input (method.md 1.2).

    Args:
        filters: channels in and out.
        affine: the norms have a learned scale and shift.
    """

    def __init__(self, filters: int, affine: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.first = NormalizedBlock(_inner(filters), affine)
        self.second = _inner(filters)
        self.normalization = InstanceNormalization(affine=affine)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps [B, H, W, filters] to the same shape."""
        return inputs + self.normalization(self.second(self.first(inputs)))


def _inner(filters: int) -> PaddedConv2D:
    return PaddedConv2D(filters, 3, padding=1, reflect=True, use_bias=False)


def stem(filters: int, affine: bool = True) -> NormalizedBlock:
    """Returns the 7x7 convolution that opens every encoder."""
    convolution = PaddedConv2D(filters, 7, padding=3, reflect=True, use_bias=False)
    return NormalizedBlock(convolution, affine)


def downsample(filters: int, affine: bool = True) -> NormalizedBlock:
    """Returns the 3x3 convolution that halves both sides."""
    convolution = PaddedConv2D(filters, 3, strides=2, padding=1, use_bias=False)
    return NormalizedBlock(convolution, affine)


class Chain(tf.keras.Sequential):
    """Layers one after the other, each called once.

    `tf.keras.Sequential` calls its layers again, on symbolic tensors, for each new
    shape of its input: networks took nearly twice as long to build.
    """

    def build(self, input_shape: tf.TensorShape | None = None) -> None:
        """Leaves the weights to the layers, which make them when they are called."""
        self.built = True

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Calls the layers."""
        for layer in self.layers:
            inputs = layer(inputs)
        return inputs


def chain(layers: list[tf.keras.layers.Layer], name: str) -> Chain:
    """Returns the layers one after the other."""
    return Chain(layers, name=name)
