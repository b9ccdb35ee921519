"""The VGG-19 perceptual loss (method.md 3.4).

L1 on relu1_1, relu2_1, relu3_1, relu4_1, relu5_1 with weights 1/32 .. 1.

There are two VGG-19, of one shape and with different weights:

* torchvision's, which NVIDIA/vid2vid used. It reads RGB, z = ((x + 1) / 2 - mean) / std
  for x in [-1, 1] and the mean and standard deviation of ImageNet.
* Keras', Oxford's own training. It reads BGR of 0 .. 255 with the mean subtracted,
  which is 255 * std * z, z as above.

NVIDIA/vid2vid feeds x where the network expects z, so `normalization="none"` feeds x to
torchvision's VGG and the BGR of 255 * std * x to Keras': the same z. `imagenet` feeds
each what it was trained on; x is then stretched by about 2.2.

Whatever is fed, the two give losses of other magnitudes. Trainings of their own left
them features of other sizes: the inputs of Keras' are some 57 times larger, and nothing
in a network of rectified convolutions makes up for that before its last layer. The
weight of 10 in NVIDIA/vid2vid goes with torchvision's.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.config import LossConfig, RuntimeConfig
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
# Numbers of a pixel that the backward pass needs of VGG-19, from its first layer to the
# last of LAYERS: two of 64 maps, two of 128 of a quarter of the size, and so on.
KEPT_MAPS = 2 * 64 + 2 * 128 / 4 + 4 * 256 / 16 + 4 * 512 / 64 + 512 / 256
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
_KERAS_MEAN_BGR = (103.939, 116.779, 123.68)
_MAX_WIDTH = 1024
_TORCH_SUFFIXES = (".pth", ".pt")
# Number of torchvision's layer, Keras' name, channels in and out; up to LAYERS[-1].
_TORCHVISION = (
    (0, "block1_conv1", 3, 64),
    (2, "block1_conv2", 64, 64),
    (5, "block2_conv1", 64, 128),
    (7, "block2_conv2", 128, 128),
    (10, "block3_conv1", 128, 256),
    (12, "block3_conv2", 256, 256),
    (14, "block3_conv3", 256, 256),
    (16, "block3_conv4", 256, 256),
    (19, "block4_conv1", 256, 512),
    (21, "block4_conv2", 512, 512),
    (23, "block4_conv3", 512, 512),
    (25, "block4_conv4", 512, 512),
    (28, "block5_conv1", 512, 512),
)


class PerceptualLoss:
    """Computes the distance of two batches of frames in VGG-19 features, in float32.

    Args:
        weights: `imagenet` (Keras fetches its own), a file of VGG19 weights without
            its top as Keras saves them, or torchvision's state dict of VGG-19
            (`.pth` or `.pt`).
        normalization: `none` or `imagenet`, the input of the network: see the module.

    Raises:
        InputError: the file is missing or of another network, or Keras could not fetch
            the weights.
    """

    def __init__(self, weights: str, normalization: str = "none") -> None:
        if weights != "imagenet" and not Path(weights).is_file():
            raise InputError(
                f"losses.perceptual_weights: no file '{weights}': give a file of "
                "Keras' VGG19 (no top) or of torchvision's (.pth), 'imagenet', or "
                "'none'"
            )
        is_torch = weights.endswith(_TORCH_SUFFIXES)
        # Losses stay float32 whatever the policy of the networks.
        with precision_scope(RuntimeConfig(precision="float32")):
            vgg = _torchvision_vgg(weights) if is_torch else _keras_vgg(weights)
        vgg.trainable = False
        outputs = [vgg.get_layer(name).output for name in LAYERS]
        self.features = tf.keras.Model(vgg.input, outputs)
        self._feed = _feed_torchvision if is_torch else _feed_keras
        self._normalize = normalization == "imagenet"

    def __call__(self, fake: tf.Tensor, real: tf.Tensor) -> tf.Tensor:
        """Returns the scalar loss of float frames [B, H, W, 3] in [-1, 1]."""
        fake, real = (tf.cast(x, tf.float32) for x in (fake, real))
        while fake.shape[2] > _MAX_WIDTH:
            fake, real = (tf.nn.avg_pool2d(x, 2, 2, "VALID") for x in (fake, real))
        fake_maps, real_maps = (
            self.features(self._feed(x, self._normalize)) for x in (fake, real)
        )
        return weighted_distance(fake_maps, real_maps)


def perceptual_weight(weights: LossConfig) -> float:
    """Returns the weight of the perceptual loss, 0 without a VGG-19.

    Args:
        weights: the loss block of the configuration.
    """
    return 0.0 if weights.perceptual_weights == "none" else weights.perceptual


def weighted_distance(
    fake_maps: Sequence[tf.Tensor], real_maps: Sequence[tf.Tensor]
) -> tf.Tensor:
    """Returns the sum of the layers' mean absolute differences, each with its weight.

    Args:
        fake_maps: float32, one tensor for each of `LAYERS`.
        real_maps: float32, one tensor for each of `LAYERS`; no gradient flows into
            them.
    """
    terms = [
        weight * tf.reduce_mean(tf.abs(fake - tf.stop_gradient(real)))
        for weight, fake, real in zip(WEIGHTS, fake_maps, real_maps, strict=True)
    ]
    return tf.add_n(terms)


def _keras_vgg(weights: str) -> tf.keras.Model:
    try:
        return tf.keras.applications.VGG19(include_top=False, weights=weights)
    except Exception as error:
        raise InputError(
            f"losses.perceptual_weights '{weights}' could not be loaded ({error}); "
            "without network access give a local file, or 'none' with losses.l1"
        ) from error


def _torchvision_vgg(path: str) -> tf.keras.Model:
    # The reader of PyTorch's files lies with the import of published checkpoints, in a
    # room below this one; it needs NumPy alone, so nothing goes round in a circle.
    from v2v_tf.torch_format.files import read_tensors

    tensors = read_tensors(path)
    try:
        arrays = _from_torchvision(tensors)
    except InputError as error:
        raise InputError(f"losses.perceptual_weights '{path}': {error}") from None
    vgg = tf.keras.applications.VGG19(include_top=False, weights=None)
    for name, pair in arrays.items():
        vgg.get_layer(name).set_weights(pair)
    return vgg


def _from_torchvision(
    tensors: dict[str, np.ndarray],
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Returns kernel and bias by the name of Keras' layer.

    Args:
        tensors: torchvision's state dict; layers that the loss does not evaluate
            (deeper ones, the classifier) may be absent.

    Raises:
        InputError: tensors are missing or of another shape; the message names each.
    """
    wanted = {
        f"features.{number}.{kind}": shape
        for number, _, inputs, outputs in _TORCHVISION
        for kind, shape in (("weight", (outputs, inputs, 3, 3)), ("bias", (outputs,)))
    }
    # All faults are named: the list tells which other network this is.
    faults = [f"{name} is missing" for name in wanted if name not in tensors]
    faults += [
        f"{name} is {list(tensors[name].shape)}, not {list(shape)}"
        for name, shape in wanted.items()
        if name in tensors and tensors[name].shape != shape
    ]
    if faults:
        raise InputError(
            "not torchvision's VGG-19 (the one without batch norm): "
            f"{'; '.join(faults)}"
        )
    arrays = {}
    for number, name, _, _ in _TORCHVISION:
        # PyTorch has (out, in, height, width), Keras (height, width, in, out).
        kernel = tensors[f"features.{number}.weight"].transpose(2, 3, 1, 0)
        bias = tensors[f"features.{number}.bias"]
        arrays[name] = (kernel.astype(np.float32), bias.astype(np.float32))
    return arrays


def _feed_torchvision(frames: tf.Tensor, normalize: bool) -> tf.Tensor:
    """Returns RGB for torchvision's VGG."""
    return ((frames + 1.0) / 2.0 - _MEAN) / _STD if normalize else frames


def _feed_keras(frames: tf.Tensor, normalize: bool) -> tf.Tensor:
    """Returns BGR for Keras' VGG."""
    if normalize:
        return (frames[..., ::-1] + 1.0) * 127.5 - tf.constant(_KERAS_MEAN_BGR)
    scale = tf.constant([255.0 * std for std in _STD])
    return (frames * scale)[..., ::-1]
