"""Reads the weights of an edge network from an HDF5 file, and what they say of it.

The layout is that of Keras 3: `block1` .. `block5` with 2, 2, 3, 3 and 3 convolutions
of 3x3, `dsn1` .. `dsn5`, which make a side output of each block, and `fuse`. How many
features a layer has is said by its kernel. Nothing but arrays is read of the file.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2v_tf.errors import InputError

BLOCKS = (2, 2, 3, 3, 3)  # convolutions of each block of VGG16


@dataclass(frozen=True)
class Layer:
    """Holds the weights of one convolution.

    Attributes:
        kernel: float32 [K, K, C, F].
        bias: float32 [F].
    """

    kernel: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True)
class EdgeWeights:
    """Holds the weights of a whole network.

    Attributes:
        blocks: the 3x3 convolutions of each of the five blocks.
        sides: the 1x1 convolution after each block, to one channel.
        fuse: the 1x1 convolution of the five side outputs to one.
    """

    blocks: tuple[tuple[Layer, ...], ...]
    sides: tuple[Layer, ...]
    fuse: Layer


def read_weights(path: Path) -> EdgeWeights:
    """Reads the weights of an edge network.

    Args:
        path: the `.h5` file.

    Raises:
        InputError: no HDF5 file, or one of another network; the message names the
            layers that are missing or too many, or the first of another shape.
    """
    stored = _arrays(path)
    blocks = [
        [
            f"block{number}/layers/conv2d{f'_{index}' * (index > 0)}"
            for index in range(n)
        ]
        for number, n in enumerate(BLOCKS, 1)
    ]
    sides = [f"dsn{number}" for number in range(1, len(BLOCKS) + 1)]
    wanted = {
        f"{name}/vars/{which}"
        for name in (*itertools.chain(*blocks), *sides, "fuse")
        for which in (0, 1)
    }
    faults = [f"{name} is missing" for name in sorted(wanted - stored.keys())]
    faults += [f"{name} is one too many" for name in sorted(stored.keys() - wanted)]
    if faults:
        more = f"; and {len(faults) - 4} more" * (len(faults) > 4)
        raise InputError(
            f"{path}: no network of soft edges: {'; '.join(faults[:4])}{more}"
        )
    try:
        return _weights(stored, blocks, sides)
    except InputError as error:
        raise InputError(f"{path}: no network of soft edges: {error}") from None


def _weights(
    stored: dict[str, np.ndarray], blocks: list[list[str]], sides: list[str]
) -> EdgeWeights:
    channels = 3
    features, outputs = [], []
    for block, side in zip(blocks, sides, strict=True):
        layers = []
        for name in block:
            layers.append(_layer(stored, name, 3, channels))
            channels = layers[-1].bias.size
        features.append(tuple(layers))
        outputs.append(_layer(stored, side, 1, channels, 1))
    fuse = _layer(stored, "fuse", 1, len(sides), 1)
    return EdgeWeights(tuple(features), tuple(outputs), fuse)


def _layer(
    stored: dict[str, np.ndarray],
    name: str,
    size: int,
    inputs: int,
    outputs: int | None = None,
) -> Layer:
    """Returns a layer of known shape; its kernel says how many `outputs` None are."""
    kernel, bias = (stored[f"{name}/vars/{which}"] for which in (0, 1))
    if outputs is None:
        outputs = kernel.shape[-1] if kernel.ndim == 4 else 1
    wanted = [size, size, inputs, outputs]
    if list(kernel.shape) != wanted or bias.shape != (outputs,):
        raise InputError(
            f"expected {name} of {wanted} and [{outputs}], got {list(kernel.shape)} "
            f"and {list(bias.shape)}"
        )
    if not np.isfinite(kernel).all() or not np.isfinite(bias).all():
        raise InputError(f"{name} holds numbers that are not finite")
    return Layer(kernel.astype(np.float32), bias.astype(np.float32))


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """Returns all arrays of numbers of an HDF5 file by their paths in it."""
    import h5py  # which TensorFlow brings

    found: dict[str, np.ndarray] = {}

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset) and item.dtype.kind == "f":
            found[name] = item[()]

    try:
        with h5py.File(path, "r") as file:
            file.visititems(visit)
    except OSError as error:
        raise InputError(f"{path}: not an HDF5 file ({error})") from error
    return found
