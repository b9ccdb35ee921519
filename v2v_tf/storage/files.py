"""Writes files that appear whole or not at all, and replace none unasked."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from v2v_tf.errors import InputError


@contextlib.contextmanager
def replacing(path: Path, suffix: str, overwrite: bool) -> Iterator[Path]:
    """Lends a temporary name beside a path; on success it is renamed to the path.

    Args:
        path: the final name; its folder is made.
        suffix: ending that the path must have, such as `.mp4`.
        overwrite: replace an existing file.

    Yields:
        The temporary path, to be written in the block; a failure there removes it.

    Raises:
        InputError: another ending, or the file exists.
    """
    if path.suffix.lower() != suffix:
        raise InputError(f"{path}: the name must end in {suffix}")
    if path.exists() and not overwrite:
        raise InputError(
            f"{path} exists: name another file, or replace it by --overwrite"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{suffix}")
    try:
        yield partial
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Writes a file, in the place of the one that is there."""
    with replacing(path, path.suffix, overwrite=True) as partial:
        partial.write_text(text, encoding="utf-8")


def sha256(path: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal.

    Args:
        path: the file; it is read in pieces.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
