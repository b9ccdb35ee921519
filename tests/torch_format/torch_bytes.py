"""Checkpoints of PyTorch, made byte by byte: both containers, without PyTorch."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np

MAGIC = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
PROTOCOL = b"\x80\x02M\xe9\x03."


def text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value: int) -> bytes:
    return b"\x8a\x09" + value.to_bytes(9, "little", signed=True)


def group(*parts: bytes) -> bytes:
    return b"(" + b"".join(parts) + b"t"


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def storage(kind: str, key: str, numel: int, *view: bytes) -> bytes:
    kind_name = name("torch", f"{kind}Storage")
    parts = text("storage"), kind_name, text(key), text("cpu"), number(numel)
    return group(*parts, *view) + b"Q"


def tensor(
    stored: bytes,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    offset: int = 0,
    function: str = "_rebuild_tensor_v2",
) -> bytes:
    sizes = (group(*map(number, values)) for values in (shape, strides))
    hooks = name("collections", "OrderedDict") + b")R"
    rest = [] if function == "_rebuild_tensor" else [b"\x89", hooks]
    view = group(stored, number(offset), *sizes, *rest)
    return name("torch._utils", function) + view + b"R"


def mapping(items: dict[str, bytes]) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def state_dict(items: dict[str, bytes]) -> bytes:
    """An ordered dict with the state of layer versions that a module gives it."""
    versions = mapping({"_metadata": mapping({"": mapping({"version": b"K\x01"})})})
    ordered = name("collections", "OrderedDict") + b")R" + mapping(items)[1:]
    return b"\x80\x02" + ordered + versions + b"b."


def write_zip(
    path: Path, pickle: bytes, storages: dict[str, bytes], **more: bytes
) -> Path:
    entries = {"data.pkl": pickle, "version": b"3\n", **more}
    entries |= {f"data/{key}": value for key, value in storages.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for entry, value in entries.items():
            archive.writestr(f"any name/{entry}", value)
    return path


def write_legacy(
    path: Path,
    pickle: bytes,
    storages: dict[str, bytes],
    size: int = 4,
    machine: bytes = b"}X\x0d\x00\x00\x00little_endian\x88s.",
) -> Path:
    keys = b"](" + b"".join(text(key) for key in storages) + b"e."
    counted = [struct.pack("<q", len(v) // size) + v for v in storages.values()]
    head = MAGIC + PROTOCOL + b"\x80\x02" + machine + pickle
    path.write_bytes(head + keys + b"".join(counted))
    return path


def write_checkpoint(path: Path, tensors: dict[str, np.ndarray]) -> Path:
    """Writes float32 arrays as `torch.save` writes a state dict, in the zip format."""
    items, storages = {}, {}
    for index, (key, array) in enumerate(tensors.items()):
        steps = tuple(int(np.prod(array.shape[i + 1 :])) for i in range(array.ndim))
        stored = storage("Float", str(index), array.size)
        items[key] = tensor(stored, array.shape, steps)
        storages[str(index)] = np.ascontiguousarray(array, "<f4").tobytes()
    return write_zip(path, state_dict(items), storages)
