"""Reads PyTorch checkpoints without PyTorch and without running what they hold.

    arrays = read_tensors("latest_net_G0.pth")

A checkpoint is a pickle, and a pickle is a program. `torch_unpickler` carries out no
more of it than a state dict takes; `torch_archives` knows the two containers.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.torch_format.archives import Archive, is_zip, open_legacy, open_zip
from v2v_tf.torch_format.tensors import ADVICE, Refused, Tensor

# What bytes of any kind make the readers of zip archives and pickles raise.
_DAMAGE = (
    ArithmeticError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
)
# Tensors may share a storage: a few do in earnest, thousands would fill the memory.
_MAX_SHARING = 8
_SMALL_BYTES = 64 * 2**20


def read_tensors(path: str | Path) -> dict[str, np.ndarray]:
    """Reads a state dict that `torch.save` wrote, in the zip or the legacy format.

    Args:
        path: a `.pth` or `.pt` file, trusted or not: a file can only be refused.

    Returns:
        The tensors by name, in the file's order: contiguous arrays of their shapes
        that share no memory. Types as in PyTorch, except that bfloat16 becomes
        float32. The versions of layers and `requires_grad` are dropped.

    Raises:
        InputError: the file is absent, damaged, of another format, or holds anything
            other than named tensors; a name it asks to run is in the message.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} is no file: expected a PyTorch checkpoint (.pth)")
    try:
        num_bytes = path.stat().st_size
        with path.open("rb") as file:
            open_archive = open_zip if is_zip(file) else open_legacy
            archive = open_archive(file, num_bytes)
            tensors = _state_dict(archive.content)
            if sum(tensor.nbytes for tensor in tensors.values()) > max(
                _MAX_SHARING * num_bytes, _SMALL_BYTES
            ):
                raise Refused(f"has tensors that exceed the file {_MAX_SHARING} times")
            return _arrays(tensors, archive)
    except Refused as error:
        raise InputError(
            f"{path} {error}. Expected a PyTorch checkpoint of a state dict, zip or "
            f"legacy format; {error.advice}"
        ) from error
    except _DAMAGE as error:
        raise InputError(
            f"{path}: expected a PyTorch checkpoint, zip or legacy format, got "
            f"something else or a damaged one ({_reason(error)}); copy the file "
            f"again, or {ADVICE}"
        ) from error


def _state_dict(content: Any) -> dict[str, Tensor]:
    if type(content) is not dict:
        raise Refused(f"holds {_kind(content)}, not a dict of tensors")
    others = [name for name, value in content.items() if type(value) is not Tensor]
    if others:
        keys = ", ".join(_key(name) for name in list(content)[:8])
        raise Refused(
            f"holds more than tensors: {_key(others[0])} is {_kind(content[others[0]])}"
            f" (top-level keys: {keys}{', ...' if len(content) > 8 else ''})",
            "in PyTorch, save the dict of tensors that is under one of the keys by "
            "itself: torch.save(checkpoint[key], path)",
        )
    if any(type(name) is not str for name in content):
        raise Refused("holds tensors under numbers instead of names")
    return content


def _arrays(tensors: dict[str, Tensor], archive: Archive) -> dict[str, np.ndarray]:
    """Copies out of one storage at a time, each read once."""
    by_key: dict[str, list[str]] = {}
    for name, tensor in tensors.items():
        by_key.setdefault(tensor.storage.key, []).append(name)
    arrays = {}
    for key, names in by_key.items():
        data = archive.read(key)
        for name in names:
            arrays[name] = tensors[name].to_array(data)
    return {name: arrays[name] for name in tensors}


def _kind(value: Any) -> str:
    named = {dict: "a dict", list: "a list", tuple: "a tuple", Tensor: "one tensor"}
    named |= {str: "text", int: "a number", float: "a number", type(None): "None"}
    return named.get(type(value), "something else")


def _key(name: str | int) -> str:
    return ascii(name)[:60]


def _reason(error: BaseException) -> str:
    # The readers quote bytes of the file: one short line of them is enough.
    return ascii(f"{type(error).__name__}: {error}")[1:-1][:120]
