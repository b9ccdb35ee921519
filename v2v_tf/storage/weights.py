"""Stores the weights of networks in safetensors files, which hold numbers alone.

Weights have the names of TensorFlow's checkpoints: the attributes and indices that lead
to them from the network, the shortest way. So a file fits every network of its shape,
whoever built it and in whatever order.

Format: https://huggingface.co/docs/safetensors.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from v2v_tf.errors import InputError

_NAMED = 4


def named_weights(parts: Mapping[str, Any]) -> dict[str, tf.Variable]:
    """Returns the weights of networks by name, sorted.

    Args:
        parts: networks, or lists of them, by name; built.

    Returns:
        `part/attribute/0/kernel` and so on. A weight that several ways lead to has the
        shortest, then the first in the alphabet.

    Example:
        ```python
        >>> import tensorflow as tf
        >>> layer = tf.keras.layers.Dense(2)
        >>> _ = layer(tf.zeros([1, 3]))
        >>> [(n, w.shape.as_list()) for n, w in named_weights({"one": layer}).items()]
        [('one/bias', [2]), ('one/kernel', [3, 2])]

        ```
    """
    root = tf.train.Checkpoint(**parts)
    children = tf.train.TrackableView(root).children
    found: dict[str, tf.Variable] = {}
    seen = {id(root)}
    waiting: deque[tuple[str, Any]] = deque([("", root)])
    while waiting:
        path, here = waiting.popleft()
        for name, child in sorted(children(here).items()):
            if id(child) in seen or (not path and name not in parts):
                continue
            seen.add(id(child))
            longer = f"{path}/{name}" if path else name
            if isinstance(child, tf.Variable):
                found[longer] = child
            else:
                waiting.append((longer, child))
    return dict(sorted(found.items()))


def save_weights(path: Path, parts: Mapping[str, Any], half: bool = False) -> None:
    """Writes weights.

    Args:
        path: file to write.
        parts: networks by name, see `named_weights`.
        half: store float32 as float16, in half of the space.

    Raises:
        InputError: a weight that half precision cannot hold.
    """
    arrays = {name: weight.numpy() for name, weight in named_weights(parts).items()}
    if half:
        arrays = {name: _halved(name, array) for name, array in arrays.items()}
    # Not `save_file`, whose files only their owner may read.
    path.write_bytes(save(arrays, {"format": "v2v_tf"}))


def load_weights(path: Path, parts: Mapping[str, Any]) -> None:
    """Loads weights; all of the networks must be there.

    Args:
        path: file that `save_weights` wrote; it may hold more parts.
        parts: networks by name, built.

    Raises:
        InputError: no such file, or weights that are missing or of another shape.
    """
    stored = _read(path, tuple(parts))
    weights = named_weights(parts)
    faults = [f"{name} is missing" for name in weights if name not in stored]
    faults += [f"{name} is one too many" for name in stored if name not in weights]
    faults += [
        f"{name} is {list(array.shape)}, not {weights[name].shape.as_list()}"
        for name, array in stored.items()
        if name in weights and weights[name].shape != array.shape
    ]
    faults += [
        f"{name} holds what is no number"
        for name, array in stored.items()
        if not np.isfinite(array).all()
    ]
    if faults:
        more = f"; and {len(faults) - _NAMED} more" * (len(faults) > _NAMED)
        raise InputError(
            f"{path} does not fit the network that is described beside it: "
            f"{'; '.join(faults[:_NAMED])}{more}"
        )
    for name, array in stored.items():
        weights[name].assign(array.astype(weights[name].dtype.as_numpy_dtype))


def parts_in(path: Path) -> set[str]:
    """Returns the names of the parts that a file holds.

    Raises:
        InputError: no such file.
    """
    with _opened(path) as file:
        return {name.partition("/")[0] for name in file.keys()}  # noqa: SIM118


def _read(path: Path, parts: tuple[str, ...]) -> dict[str, np.ndarray]:
    with _opened(path) as file:
        names = [n for n in file.keys() if n.partition("/")[0] in parts]  # noqa: SIM118
        return {name: file.get_tensor(name) for name in names}


def _opened(path: Path) -> Any:
    try:
        return safe_open(path, framework="numpy")
    except (OSError, SafetensorError) as error:
        raise InputError(f"{path}: not a whole safetensors file: {error}") from None


def _halved(name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype != np.float32:
        return array
    with np.errstate(over="ignore"):
        half = array.astype(np.float16)
    if not np.isfinite(half).all():
        raise InputError(
            f"{name}: values up to {np.abs(array).max():g} do not fit half precision: "
            "store them whole"
        )
    return half
