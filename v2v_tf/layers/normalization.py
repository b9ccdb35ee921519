"""Instance normalisation with learned scale and shift, in training and inference.

The original runs batch norm at batch 1 and never in evaluation mode, which is this
(spec 1.9, 13.4). There are no moving averages: requests of different users share a
serving batch and must not touch each other.
"""

from __future__ import annotations

import tensorflow as tf


class InstanceNormalization(tf.keras.layers.Layer):
    """Normalises every map of every example by its own mean and variance.

    Statistics are float32 whatever the policy. Maps are centred twice: on a map
    that is nearly constant, rounding leaves a mean of a few 1e-6 which the division
    by sqrt(epsilon) would amplify 316-fold in each layer.

    Args:
        epsilon: added to the (biased) variance.
        affine: learn a scale and a shift per channel, as all networks of a video do;
            the published first-frame networks do not.
    """

    def __init__(self, epsilon: float = 1e-5, affine: bool = True, **kwargs) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.affine = affine

    def build(self, input_shape: tf.TensorShape) -> None:
        """Makes the scale ~ N(1, 0.02^2) and the shift 0 (spec 1.9)."""
        super().build(input_shape)
        if not self.affine:
            return
        # Read as float32: autocast would round them to the policy's type.
        channels = {"shape": [input_shape[-1]], "experimental_autocast": False}
        self.gamma = self.add_weight(
            name="gamma",
            initializer=tf.keras.initializers.RandomNormal(1.0, 0.02),
            **channels,
        )
        self.beta = self.add_weight(name="beta", initializer="zeros", **channels)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Normalises [B, H, W, C]; same shape and dtype out."""
        x = tf.cast(inputs, tf.float32)
        x -= tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        x -= tf.reduce_mean(x, axis=[1, 2], keepdims=True)
        variance = tf.reduce_mean(tf.square(x), axis=[1, 2], keepdims=True)
        scale = tf.math.rsqrt(variance + self.epsilon)
        if not self.affine:
            return tf.cast(x * scale, inputs.dtype)
        return tf.cast(x * (self.gamma * scale) + self.beta, inputs.dtype)

    def get_config(self) -> dict:
        """Returns the arguments."""
        return {**super().get_config(), "epsilon": self.epsilon, "affine": self.affine}
