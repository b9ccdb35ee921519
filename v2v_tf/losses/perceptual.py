"""The VGG-19 perceptual loss (spec 3.3).

L1 on relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 with weights 1/32 .. 1. The weights
are Keras' own, which read BGR images of 0 .. 255 with the ImageNet mean subtracted,
so frames are converted to that; the original fed torchvision's VGG-19 images in
[-1, 1] as they are. The loss is therefore alike in kind, not in magnitude.
"""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope

LAYERS = (
    "block1_conv1",
    "block2_conv1",
    "block3_conv1",
    "block4_conv1",
    "block5_conv1",
)
WEIGHTS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1.0)
_MEAN_BGR = (103.939, 116.779, 123.68)
_MAX_WIDTH = 1024


class PerceptualLoss:
    """Distance of two batches of frames in VGG-19 features.

    Args:
        weights: `imagenet` (Keras fetches them) or a file of VGG19 weights without
            its top, as Keras saves them.

    Raises:
        InputError: the file is missing or not of that network, or Keras could not
            fetch the weights.
    """

    def __init__(self, weights: str) -> None:
        if weights != "imagenet" and not Path(weights).is_file():
            raise InputError(
                f"losses.perceptual_weights: no file '{weights}': give a file of "
                "Keras' VGG19 (no top), 'imagenet', or 'none'"
            )
        try:
            # Losses stay float32 whatever the policy of the networks.
            with precision_scope(RuntimeConfig(precision="float32")):
                vgg = tf.keras.applications.VGG19(include_top=False, weights=weights)
        except Exception as error:
            raise InputError(
                f"losses.perceptual_weights '{weights}' could not be loaded ({error}); "
                "without network access give a local file, or 'none' with losses.l1"
            ) from error
        vgg.trainable = False
        outputs = [vgg.get_layer(name).output for name in LAYERS]
        self.features = tf.keras.Model(vgg.input, outputs)

    def __call__(self, fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
        """Returns the scalar loss of float frames [B, H, W, 3] in [-1, 1]."""
        while fake.shape[2] > _MAX_WIDTH:
            fake, real = (tf.nn.avg_pool2d(x, 2, 2, "VALID") for x in (fake, real))
        fake_maps = self.features(_to_vgg(fake))
        real_maps = self.features(_to_vgg(real))
        terms = [
            weight * tf.reduce_mean(tf.abs(f - tf.stop_gradient(r)))
            for weight, f, r in zip(WEIGHTS, fake_maps, real_maps, strict=True)
        ]
        return tf.add_n(terms)


def _to_vgg(frames: tf.Tensor) -> tf.Tensor:
    return (frames[..., ::-1] + 1.0) * 127.5 - tf.constant(_MEAN_BGR)
