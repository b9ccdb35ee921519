"""The perceptual loss: a distance of frames in features of a network (method.md 3.4).

L1 on relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 of a VGG with weights 1/32 .. 1; or on
the maps of a network of `v2v-tf train-segmenter`, which needs no download.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import tensorflow as tf

from v2v_tf.config import LossConfig, RuntimeConfig
from v2v_tf.detection.segmenter_folder import load_network
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.losses.vgg import (
    LAYERS,
    TORCH_SUFFIXES,
    feed_keras,
    feed_torchvision,
    load_vgg,
)

WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
# Numbers of a pixel that the backward pass needs of VGG-19, from its first layer to the
# last of LAYERS: two of 64 maps, two of 128 of a quarter of the size, and so on.
KEPT_MAPS = 2 * 64 + 2 * 128 / 4 + 4 * 256 / 16 + 4 * 512 / 64 + 512 / 256
_MAX_WIDTH = 1024
_EQUAL_WEIGHTS = (1.0,) * 5


class PerceptualLoss:
    """Computes the distance of two batches of frames in features, in float32.

    Args:
        weights: `imagenet` or a file, see `losses.vgg.load_vgg`; or a folder of `v2v-tf
            train-segmenter`, whose five maps weigh the same.
        normalization: `none` or `imagenet`, the input of a VGG, see `losses.vgg`.

    Attributes:
        features: function from what the network is fed to its maps.
        kept_maps: numbers of a pixel that the backward pass needs of the network.

    Raises:
        InputError: nothing there, something else, or Keras could not fetch the weights.
    """

    def __init__(self, weights: str, normalization: str = "none") -> None:
        if weights != "imagenet" and not Path(weights).exists():
            raise InputError(
                f"losses.perceptual_weights: no file '{weights}': give a file of "
                "Keras' VGG19 or VGG16 (no top) or of torchvision's VGG19 (.pth), a "
                "folder of v2v-tf train-segmenter, 'imagenet', or 'none'"
            )
        normalize = normalization == "imagenet"
        self.features: Callable[[tf.Tensor], Sequence[tf.Tensor]]
        self._feed: Callable[[tf.Tensor], tf.Tensor]
        # Losses stay float32 whatever the policy of the networks.
        with precision_scope(RuntimeConfig(precision="float32")):
            if Path(weights).is_dir():
                network, _ = load_network(Path(weights))
                network.trainable = False
                self.features, self._feed = network.maps, tf.identity
                self._weights, self.kept_maps = _EQUAL_WEIGHTS, float(network.kept_maps)
                return
            vgg = load_vgg(weights)
        vgg.trainable = False
        outputs = [vgg.get_layer(name).output for name in LAYERS]
        self.features = tf.keras.Model(vgg.input, outputs)
        is_torch = weights.endswith(TORCH_SUFFIXES)
        feed = feed_torchvision if is_torch else feed_keras
        self._feed = lambda frames: feed(frames, normalize)
        self._weights, self.kept_maps = WEIGHTS, KEPT_MAPS

    def __call__(self, fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
        """Returns the scalar loss of float frames [B, H, W, 3] in [-1, 1]."""
        fake, real = (tf.cast(x, tf.float32) for x in (fake, real))
        while fake.shape[2] > _MAX_WIDTH:
            fake, real = (tf.nn.avg_pool2d(x, 2, 2, "VALID") for x in (fake, real))
        fake_maps, real_maps = (self.features(self._feed(x)) for x in (fake, real))
        return weighted_distance(fake_maps, real_maps, self._weights)


def perceptual_weight(weights: LossConfig) -> float:
    """Returns the weight of the perceptual loss, 0 without a network.

    Args:
        weights: the loss block of the configuration.
    """
    return 0.0 if weights.perceptual_weights == "none" else weights.perceptual


def weighted_distance(
    fake_maps: Sequence[tf.Tensor],
    real_maps: Sequence[tf.Tensor],
    weights: Sequence[float] = WEIGHTS,
) -> tf.Tensor:
    """Returns the sum of the layers' mean absolute differences, each with its weight.

    Args:
        fake_maps: float32, one tensor for each layer.
        real_maps: float32, one tensor for each layer; no gradient flows into them.
        weights: of each layer.
    """
    terms = [
        weight * tf.reduce_mean(tf.abs(fake - tf.stop_gradient(real)))
        for weight, fake, real in zip(weights, fake_maps, real_maps, strict=True)
    ]
    return tf.add_n(terms)
