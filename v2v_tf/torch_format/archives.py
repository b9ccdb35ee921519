"""Opens the two containers of `torch.save`: a zip archive, and the legacy format.

Zip (PyTorch 1.6 on), under one top folder of any name: `data.pkl`, one uncompressed
entry `data/<key>` per storage, `byteorder` in newer files.

Legacy, one after the other: the pickles of a magic number, the protocol, facts on the
machine, the object, and the list of storage keys; then per key an int64 element
count and that many elements.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from v2v_tf.torch_format.tensors import Refused, Storage, Storages
from v2v_tf.torch_format.unpickler import load

# Some 16,000 tensors. Any such pickle is read in seconds and less than 1 GB.
MAX_PICKLE_BYTES = 4 * 2**20
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
_LEGACY_PROTOCOL = 1001
_BIG_ENDIAN = "was written by a big-endian machine"
_SAVE_AGAIN = "load it with PyTorch on a usual machine and save it again"


@dataclass(frozen=True)
class Archive:
    """Holds a container whose pickle is read and whose storages are found.

    Attributes:
        content: content of the pickle.
        read: returns the bytes of a storage, by its key.
    """

    content: Any
    read: Callable[[str], bytes]


def is_zip(file: BinaryIO) -> bool:
    """Tells a zip archive by its first bytes."""
    file.seek(0)
    return file.read(4) == b"PK\x03\x04"


def open_zip(file: BinaryIO, num_bytes: int) -> Archive:
    """Opens a zip archive.

    Args:
        file: stays open as long as the archive is read.
        num_bytes: size of the file, bytes.

    Raises:
        Refused: it is no checkpoint, or holds what none needs.
        BadZipFile, and what `load` raises: it is damaged.
    """
    archive = zipfile.ZipFile(file)
    entries = {entry.filename: entry for entry in archive.infolist()}
    if len(entries) != len(archive.infolist()):
        raise Refused("is a zip archive with two entries of one name")
    tops = [name.rpartition("/") for name in entries if name.endswith("/data.pkl")]
    if len(tops) != 1 or "/" in tops[0][0]:
        raise Refused("is a zip archive without the one data.pkl of a checkpoint")
    top = tops[0][0]
    if f"{top}/constants.pkl" in entries:
        raise Refused("is a TorchScript program")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
        raise Refused("is a zip archive with compressed entries; torch.save has none")
    # Entries may lie over each other, and so be more than the file holds.
    if sum(entry.file_size for entry in entries.values()) > num_bytes:
        raise Refused("is a zip archive whose entries exceed the file")

    byteorder = entries.get(f"{top}/byteorder")
    if byteorder and _read_entry(archive, byteorder, 64) != b"little":
        raise Refused(_BIG_ENDIAN, _SAVE_AGAIN)
    pickled = _read_entry(archive, entries[f"{top}/data.pkl"], MAX_PICKLE_BYTES)
    storages = Storages()
    content = load(io.BytesIO(pickled), storages)
    for key, storage in storages.declared.items():
        stored = entries.get(f"{top}/data/{key}")
        if stored is None or stored.file_size != _num_bytes(storage):
            raise Refused(
                f"lacks the {_num_bytes(storage)} bytes of storage {key[:40]!r}"
            )
    return Archive(content, lambda key: archive.read(entries[f"{top}/data/{key}"]))


def open_legacy(file: BinaryIO, num_bytes: int) -> Archive:
    """Opens a file of the legacy format.

    Args:
        file: stays open as long as the archive is read.
        num_bytes: size of the file, bytes.

    Raises:
        Refused: it is no checkpoint, or holds what none needs.
        What `load` raises: it is damaged.
    """
    file.seek(0)
    # The pickles do not say how long they are; this bounds them.
    head = io.BytesIO(file.read(MAX_PICKLE_BYTES))
    if head.getbuffer()[257:262] == b"ustar":
        raise Refused("is a tar archive, the oldest format of PyTorch", _SAVE_AGAIN)
    start = bytes(head.getbuffer()[:8])
    if start[:1] != b"\x80":
        raise Refused(f"is of another format: its first bytes are {start!r}")
    if load(head, Storages()) != _LEGACY_MAGIC:
        raise Refused("is a pickle, but no PyTorch checkpoint")
    if load(head, Storages()) != _LEGACY_PROTOCOL:
        raise Refused(f"is no legacy checkpoint of protocol {_LEGACY_PROTOCOL}")
    machine = load(head, Storages())
    if type(machine) is not dict or machine.get("little_endian") is not True:
        raise Refused(_BIG_ENDIAN, _SAVE_AGAIN)
    storages = Storages()
    content = load(head, storages)
    keys = load(head, Storages())
    places = _legacy_places(file, num_bytes, head.tell(), keys, storages)

    def read(key: str) -> bytes:
        file.seek(places[key])
        return file.read(_num_bytes(storages.declared[key]))

    return Archive(content, read)


def _legacy_places(
    file: BinaryIO, num_bytes: int, position: int, keys: Any, storages: Storages
) -> dict[str, int]:
    """Returns where the elements of each storage begin, having skipped over them."""
    if type(keys) is not list or any(type(key) is not str for key in keys):
        raise Refused("has no list of storage keys")
    if len(keys) != len(storages.declared) or set(keys) != set(storages.declared):
        raise Refused("lists other storages than its tensors have")
    places = {}
    for key in keys:
        file.seek(position)
        count = int.from_bytes(file.read(8), "little", signed=True)
        storage = storages.declared[key]
        places[key] = position + 8
        position = places[key] + _num_bytes(storage)
        if count != storage.numel or position > num_bytes:
            raise Refused(
                f"lacks the {_num_bytes(storage)} bytes of storage {key[:40]!r}"
            )
    return places


def _num_bytes(storage: Storage) -> int:
    return storage.numel * storage.kind.stored.itemsize


def _read_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, max_bytes: int
) -> bytes:
    if entry.file_size > max_bytes:
        raise Refused(
            f"has {entry.file_size} bytes in {entry.filename!r}; at most {max_bytes} "
            "are read"
        )
    return archive.read(entry)
