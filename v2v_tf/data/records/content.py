"""Tells whether record files hold the same clips, without reading the clips.

A TFRecord file has the length and the CRC-32C of every record. A checksum of those
takes a few bytes a record to read, whatever the size of the clips.
"""

from __future__ import annotations

import hashlib
import struct
from pathlib import Path

from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError

# Length and its CRC before a record, and the CRC of the record after it.
_HEADER = struct.Struct("<QI")
_FOOTER = struct.Struct("<I")


def file_checksum(path: Path) -> str:
    """Returns the SHA-256 of lengths and CRCs of all records of a file, in order.

    Args:
        path: a TFRecord file without compression.

    Returns:
        64 hexadecimal digits; those of nothing for an empty file.

    Raises:
        InputError: the file ends within a record, or is no TFRecord file.

    Example:
        ```python
        >>> from pathlib import Path
        >>> [file] = sorted(Path("data/toy").glob("train-00000*"))
        >>> len(file_checksum(file))
        64

        ```
    """
    checksum = hashlib.sha256()
    size = path.stat().st_size
    with path.open("rb") as file:
        position = 0
        while position < size:
            header = file.read(_HEADER.size)
            end = position + _HEADER.size + _FOOTER.size
            if len(header) == _HEADER.size:
                end += _HEADER.unpack(header)[0]
            if len(header) < _HEADER.size or end > size:
                raise InputError(
                    f"{path}: the file ends within a record, or is no TFRecord file: "
                    "copy it again, or prepare again"
                )
            file.seek(end - _FOOTER.size)
            checksum.update(header + file.read(_FOOTER.size))
            position = end
    return checksum.hexdigest()


def read_checksums(data_dir: str | Path, split: str = "train") -> dict[str, str]:
    """Returns the checksum of every file of a split, as the files are now.

    Args:
        data_dir: folder that `v2v-tf prepare` wrote.
        split: `train` or `eval`.

    Raises:
        InputError: no records, or a file that is not whole.
    """
    folder = Path(data_dir)
    files = read_manifest(folder).split(split).files
    return {name: file_checksum(folder / name) for name in files}


def check_whole(data_dir: str | Path) -> None:
    """Raises InputError where files are not those that their manifest is of.

    Manifests of version 0.1 have no checksums, and nothing is compared.

    Args:
        data_dir: folder that `v2v-tf prepare` wrote.
    """
    folder = Path(data_dir)
    manifest = read_manifest(folder)
    for split in manifest.splits.values():
        for name in split.files:
            expected = manifest.checksums.get(name)
            if expected not in (None, file_checksum(folder / name)):
                raise InputError(
                    f"{folder / name} holds other clips than its manifest says, as "
                    "when files of two folders are mixed: copy the whole folder, or "
                    "prepare again"
                )
