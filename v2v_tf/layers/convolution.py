"""Convolutions with the padding and initialisation of the original (spec 1.3, 1.9).

Padding is explicit (`tf.pad` and VALID): TF's SAME centres stride-2 windows on odd
pixels (spec 13.5), and EXPLICIT padding falls to a slow kernel in bfloat16.
"""

from __future__ import annotations

import math

import tensorflow as tf

from v2v_tf.layers.normalization import InstanceNormalization

_KERNEL_STDDEV = 0.02


def _initializers(fan_in: int) -> dict[str, tf.keras.initializers.Initializer]:
    """Kernels ~ N(0, 0.02^2), biases ~ U(+-1 / sqrt(fan_in))."""
    limit = 1.0 / math.sqrt(fan_in)
    return {
        "kernel_initializer": tf.keras.initializers.RandomNormal(0.0, _KERNEL_STDDEV),
        "bias_initializer": tf.keras.initializers.RandomUniform(-limit, limit),
    }


class PaddedConv2D(tf.keras.layers.Layer):
    """Convolution after padding all four sides alike.

    Args:
        filters: output channels.
        kernel_size: side of the kernel.
        strides: of both axes.
        padding: pixels on every side.
        reflect: pad with the mirrored image, its edge excluded, not with zeros;
            the image must be larger than `padding`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: int,
        strides: int = 1,
        padding: int = 0,
        reflect: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        self.filters = filters
        self.kernel_size = kernel_size
        self.strides = strides
        self.padding = padding
        self.reflect = reflect

    def build(self, input_shape: tf.TensorShape) -> None:
        """Builds the kernel and the bias."""
        self.convolution = tf.keras.layers.Conv2D(
            self.filters,
            self.kernel_size,
            self.strides,
            dtype=self.dtype_policy,
            **_initializers(input_shape[-1] * self.kernel_size**2),
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Convolves [B, H, W, C] to [B, H', W', filters]."""
        if self.padding:
            sides = [self.padding, self.padding]
            mode = "REFLECT" if self.reflect else "CONSTANT"
            inputs = tf.pad(inputs, [[0, 0], sides, sides, [0, 0]], mode)
        return self.convolution(inputs)

    def get_config(self) -> dict:
        """Returns the arguments."""
        names = ("filters", "kernel_size", "strides", "padding", "reflect")
        return {**super().get_config(), **{n: getattr(self, n) for n in names}}


class UpConv2D(tf.keras.layers.Layer):
    """Transposed 3x3 convolution that doubles both sides (spec 13.5).

    Equal to PyTorch's with padding 1 and output_padding 1: the first row and column
    of TF's VALID result are dropped.

    Args:
        filters: output channels.
    """

    def __init__(self, filters: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.filters = filters

    def build(self, input_shape: tf.TensorShape) -> None:
        """Builds the kernel and the bias."""
        # PyTorch counts the fan-in of a transposed kernel by its output channels.
        self.convolution = tf.keras.layers.Conv2DTranspose(
            self.filters,
            3,
            2,
            dtype=self.dtype_policy,
            **_initializers(self.filters * 9),
        )
        super().build(input_shape)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Doubles [B, H, W, C] to [B, 2H, 2W, filters]."""
        return self.convolution(inputs)[:, 1:, 1:]

    def get_config(self) -> dict:
        """Returns the arguments."""
        return {**super().get_config(), "filters": self.filters}


class NormalizedBlock(tf.keras.layers.Layer):
    """A convolution, instance normalisation, and ReLU.

    Args:
        convolution: the layer applied first.
    """

    def __init__(self, convolution: tf.keras.layers.Layer, **kwargs) -> None:
        super().__init__(**kwargs)
        self.convolution = convolution
        self.normalization = InstanceNormalization()

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps [B, H, W, C] to what the convolution gives, normalised."""
        return tf.nn.relu(self.normalization(self.convolution(inputs)))


class ResidualBlock(tf.keras.layers.Layer):
    """x + two normalised 3x3 convolutions, the first with ReLU (spec 1.3).

    Args:
        filters: channels in and out.
    """

    def __init__(self, filters: int, **kwargs) -> None:
        super().__init__(**kwargs)
        self.first = NormalizedBlock(PaddedConv2D(filters, 3, padding=1, reflect=True))
        self.second = PaddedConv2D(filters, 3, padding=1, reflect=True)
        self.normalization = InstanceNormalization()

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps [B, H, W, filters] to the same shape."""
        return inputs + self.normalization(self.second(self.first(inputs)))


def stem(filters: int) -> NormalizedBlock:
    """Returns the 7x7 convolution that opens every encoder."""
    return NormalizedBlock(PaddedConv2D(filters, 7, padding=3, reflect=True))


def downsample(filters: int) -> NormalizedBlock:
    """Returns the 3x3 convolution that halves both sides."""
    return NormalizedBlock(PaddedConv2D(filters, 3, strides=2, padding=1))


def upsample(filters: int) -> NormalizedBlock:
    """Returns the transposed convolution that doubles both sides."""
    return NormalizedBlock(UpConv2D(filters))


class OutputHead(tf.keras.layers.Layer):
    """A 7x7 convolution to few channels, float32 whatever the policy.

    Args:
        filters: output channels.
        activation: `tanh`, `sigmoid` or None.
        scale: factor on the result; flow heads give pixels (spec 13.2).
    """

    def __init__(
        self, filters: int, activation: str | None, scale: float = 1.0, **kwargs
    ) -> None:
        super().__init__(dtype="float32", **kwargs)
        self.scale = scale
        self.convolution = PaddedConv2D(
            filters, 7, padding=3, reflect=True, dtype="float32"
        )
        self.activation = tf.keras.activations.get(activation)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Maps features [B, H, W, C] to float32 [B, H, W, filters]."""
        return self.scale * self.activation(self.convolution(inputs))
