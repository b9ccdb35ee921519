"""Loads VGG-19 and VGG-16 from the files that people have, and feeds them.

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
weight of 10 in NVIDIA/vid2vid goes with torchvision's. VGG-16 is fed as Keras' VGG-19.
"""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.tasks.softedge.weights import read_weights
from v2v_tf.torch_format.files import read_tensors

LAYERS = (
    "block1_conv1",
    "block2_conv1",
    "block3_conv1",
    "block4_conv1",
    "block5_conv1",
)
TORCH_SUFFIXES = (".pth", ".pt")
_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
_KERAS_MEAN_BGR = (103.939, 116.779, 123.68)
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


def load_vgg(weights: str) -> tf.keras.Model:
    """Loads a VGG, whichever it is.

    Args:
        weights: `imagenet` (Keras fetches its VGG-19), or a file: of Keras' VGG-19 or
            VGG-16 without their top, of an edge network whose trunk is a VGG-16, or
            torchvision's state dict of VGG-19 (`.pth` or `.pt`).

    Raises:
        InputError: the file is of another network, or Keras could not fetch its own.
    """
    if weights.endswith(TORCH_SUFFIXES):
        return _torchvision_vgg(weights)
    names = _groups(weights)
    if "dsn1" in names:
        return _edge_trunk(weights)
    is_16 = "block3_conv1" in names and "block3_conv4" not in names
    kind = tf.keras.applications.VGG16 if is_16 else tf.keras.applications.VGG19
    try:
        return kind(include_top=False, weights=weights)
    except Exception as error:
        raise InputError(
            f"losses.perceptual_weights '{weights}' could not be loaded ({error}); "
            "without network access give a local file, or 'none' with losses.l1"
        ) from error


def _groups(path: str) -> set[str]:
    """Returns the names of the layers of an HDF5 file; none of anything else."""
    try:
        with h5py.File(path, "r") as file:
            return set(file)
    except OSError:
        return set()


def _edge_trunk(path: str) -> tf.keras.Model:
    """Returns the VGG-16 that an edge network was made of."""
    vgg = tf.keras.applications.VGG16(include_top=False, weights=None)
    try:
        blocks = read_weights(Path(path)).blocks
        for number, block in enumerate(blocks, 1):
            for index, layer in enumerate(block, 1):
                weights = [layer.kernel, layer.bias]
                vgg.get_layer(f"block{number}_conv{index}").set_weights(weights)
    except (InputError, ValueError) as error:
        raise InputError(f"losses.perceptual_weights: {error}") from error
    return vgg


def _torchvision_vgg(path: str) -> tf.keras.Model:
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


def feed_torchvision(frames: tf.Tensor, normalize: bool) -> tf.Tensor:
    """Returns RGB for torchvision's VGG."""
    return ((frames + 1.0) / 2.0 - _MEAN) / _STD if normalize else frames


def feed_keras(frames: tf.Tensor, normalize: bool) -> tf.Tensor:
    """Returns BGR for Keras' VGG."""
    if normalize:
        return (frames[..., ::-1] + 1.0) * 127.5 - tf.constant(_KERAS_MEAN_BGR)
    scale = tf.constant([255.0 * std for std in _STD])
    return (frames * scale)[..., ::-1]
