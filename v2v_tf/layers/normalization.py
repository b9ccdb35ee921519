"""Normalises instances, in training and inference alike.

The original runs batch norm at batch 1 and never in evaluation mode, which is this
with a learned scale and shift (method.md 1.2). There are no moving averages: requests
of different users share a serving batch and must not touch each other.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.layers.gradients import WithGradient, custom_gradient

# Up to this many examples go one by one through the fused kernel, which knows batch
# statistics only: it takes a third of the time of separate operations, a fifth in
# training. More would lengthen the graph.
_MAX_FUSED_BATCH = 4


class InstanceNormalization(tf.keras.layers.Layer):
    """Normalises every map of every example by its own mean and variance.

    Statistics are float32 whatever the policy. In float32 maps are centred twice: on
    a map that is nearly constant a single float32 mean is off by 1e-6 to 1e-3 of it,
    which the division by sqrt(epsilon) would amplify 316-fold in each layer.

    Args:
        epsilon: added to the (biased) variance.
        affine: learn a scale and a shift per channel, as all networks of a video do;
            the published first-frame networks do not.
    """

    def __init__(
        self, epsilon: float = 1e-5, affine: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.epsilon = epsilon
        self.affine = affine

    def build(self, input_shape: tf.TensorShape) -> None:
        """Makes the scale ~ N(1, 0.02^2) and the shift 0 (method.md 1.2)."""
        super().build(input_shape)
        if not self.affine:
            return
        # Float32 in every policy: autocast would round them to the policy's type.
        channels = {
            "shape": [input_shape[-1]],
            "dtype": tf.float32,
            "experimental_autocast": False,
        }
        self.gamma = self.add_weight(
            name="gamma",
            initializer=tf.keras.initializers.RandomNormal(1.0, 0.02),
            **channels,
        )
        self.beta = self.add_weight(name="beta", initializer="zeros", **channels)

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Normalises [B, H, W, C]; same shape and dtype out."""
        channels = [inputs.shape[-1]]
        scale = self.gamma if self.affine else tf.ones(channels)
        shift = self.beta if self.affine else tf.zeros(channels)
        batch = inputs.shape[0]
        if batch is None and tf.distribute.has_strategy():
            # Of several workers none knows its batch, and TensorFlow cannot make the
            # gradient of a branch there.
            return _normalize(inputs, scale, shift, self.epsilon)
        if batch is None:
            # A server does not know who else calls, and mostly one does.
            return tf.cond(
                tf.shape(inputs)[0] == 1,
                lambda: _normalize_fused(inputs, scale, shift, self.epsilon, 1),
                lambda: _normalize(inputs, scale, shift, self.epsilon),
            )
        if batch > _MAX_FUSED_BATCH:
            return _normalize(inputs, scale, shift, self.epsilon)
        return _normalize_fused(inputs, scale, shift, self.epsilon, batch)

    def get_config(self) -> dict:
        """Returns the arguments."""
        own = {"epsilon": self.epsilon, "affine": self.affine}
        return {**super().get_config(), **own}


def _normalize_fused(
    x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, epsilon: float, batch: int
) -> tf.Tensor:
    """Normalises [B, H, W, C] by the kernel for batch norm, example by example.

    The gradient is TensorFlow's kernel too. Left to TensorFlow, each of the five other
    outputs would get a gradient of zeros, several operations each.
    """
    given = _gives_statistics(x)

    @custom_gradient
    def normalize(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) -> WithGradient:
        unused = tf.zeros([0])
        examples = [_centre_float32(example) for example in _split(x, batch)]
        statistics = [
            _moments(example) if given else (unused, unused) for example in examples
        ]
        results = [
            tf.raw_ops.FusedBatchNormV3(
                x=example,
                scale=scale,
                offset=shift,
                mean=mean,
                variance=variance,
                epsilon=epsilon,
                is_training=not given,
            )
            for example, (mean, variance) in zip(examples, statistics, strict=True)
        ]
        if not given:
            statistics = [(one.reserve_space_1, one.reserve_space_2) for one in results]

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
            found = [
                tf.raw_ops.FusedBatchNormGradV3(
                    y_backprop=of_example,
                    x=example,
                    scale=scale,
                    reserve_space_1=mean,
                    reserve_space_2=variance,
                    reserve_space_3=result.reserve_space_3,
                    epsilon=epsilon,
                    is_training=True,
                )
                for of_example, example, (mean, variance), result in zip(
                    _split(upstream, batch), examples, statistics, results, strict=True
                )
            ]
            return (
                _join([one.x_backprop for one in found]),
                tf.add_n([one.scale_backprop for one in found]),
                tf.add_n([one.offset_backprop for one in found]),
            )

        return _join([result.y for result in results]), gradient

    return normalize(x, tf.convert_to_tensor(scale), tf.convert_to_tensor(shift))


def _gives_statistics(x: tf.Tensor) -> bool:
    """Returns whether the kernel is given the mean and variance of maps.

    Without a GPU it sums pixel after pixel, which is off by up to 1e-4 of the variance.
    A GPU's gradient kernel reads other statistics than these two.
    """
    return x.dtype == tf.float32 and not tf.config.list_physical_devices("GPU")


def _moments(centred: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns mean and biased variance, [C], of [1, H, W, C] with a mean near 0."""
    mean = tf.reshape(_average(centred), [-1])
    # A norm squares as it sums; squares first would be written and read once more.
    rows = tf.raw_ops.EuclideanNorm(input=centred, axis=[2], keep_dims=True)
    norm = tf.raw_ops.EuclideanNorm(input=rows, axis=[0, 1, 2])
    pixels = tf.cast(tf.reduce_prod(tf.shape(centred)[1:3]), centred.dtype)
    return mean, tf.square(norm) / pixels - tf.square(mean)


def _centre_float32(x: tf.Tensor) -> tf.Tensor:
    """Takes the mean off float32 maps; neither result nor gradient change.

    What sums lose is in proportion to the mean, so little is lost of maps whose mean
    is nearly 0.
    """
    return x - _average(x) if x.dtype == tf.float32 else x


def _average(maps: tf.Tensor) -> tf.Tensor:
    """Averages [B, H, W, C] to [B, 1, 1, C].

    First along rows, then along columns: the longer a float32 sum, the more it loses.
    """
    return tf.reduce_mean(tf.reduce_mean(maps, 2, keepdims=True), 1, keepdims=True)


def _split(x: tf.Tensor, batch: int) -> list[tf.Tensor]:
    return tf.split(x, batch) if batch > 1 else [x]


def _join(parts: list[tf.Tensor]) -> tf.Tensor:
    return tf.concat(parts, axis=0) if len(parts) > 1 else parts[0]


def _normalize(
    x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor, epsilon: float
) -> tf.Tensor:
    """Normalises [B, H, W, C] of any batch size."""
    dtype = x.dtype

    @custom_gradient
    def normalize(x: tf.Tensor, scale: tf.Tensor, shift: tf.Tensor) -> WithGradient:
        centred = _centre_float32(tf.cast(x, tf.float32))
        centred -= _average(centred)
        inverse = tf.math.rsqrt(_average(tf.square(centred)) + epsilon)
        normal = tf.cast(centred * (scale * inverse) + shift, dtype)

        def gradient(upstream: tf.Tensor) -> tuple[tf.Tensor, ...]:
            # Autodiff would walk over the maps twice as often.
            upstream = tf.cast(upstream, tf.float32)
            mean = _average(upstream)
            slope = _average(upstream * centred) * inverse
            to_x = (upstream - mean - centred * (slope * inverse)) * (scale * inverse)
            pixels = tf.cast(tf.reduce_prod(tf.shape(x)[1:3]), tf.float32)
            to_scale, to_shift = (
                pixels * tf.reduce_sum(term, axis=[0, 1, 2]) for term in (slope, mean)
            )
            return tf.cast(to_x, dtype), to_scale, to_shift

        return normal, gradient

    return normalize(x, tf.convert_to_tensor(scale), tf.convert_to_tensor(shift))
