"""Makes output folders: refused when in use, replaced only whole.

Whatever writes a folder does it within `making`; before any work it calls
`require_replaceable`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from v2v_tf.errors import InputError


def require_replaceable(
    folder: Path,
    *,
    overwrite: bool,
    is_ours: Callable[[Path], bool],
    what: str,
    option: str,
    inputs: Iterable[Path] = (),
) -> None:
    """Raises InputError where a folder cannot be written, or should not be.

    It should not where that would delete something else than a former result.

    Args:
        folder: the destination.
        overwrite: allow to replace what `is_ours` accepts, and nothing else.
        is_ours: tells a folder that an earlier call wrote.
        what: word for the folder in the message, such as `run`.
        option: the command-line option that names the folder.
        inputs: paths that are read meanwhile, and must not lie in the folder.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file: name a folder with {option}")
    _require_writable(folder, option)
    for path in inputs:
        if path.resolve().is_relative_to(folder.resolve()):
            raise InputError(
                f"{folder} holds {path}, which replacing it would delete: name "
                f"another folder with {option}"
            )
    if not folder.exists() or not any(folder.iterdir()):
        return
    if not overwrite:
        raise InputError(
            f"{folder} already holds something: name a new folder with {option}, or "
            f"replace a former {what} with --overwrite"
        )
    if not is_ours(folder):
        raise InputError(
            f"{folder} is no {what} and is not replaced: name another folder with "
            f"{option}"
        )


def _require_writable(folder: Path, option: str) -> None:
    """Tries whether something can be made where a folder will be."""
    # One that is there may be a mount, whose parent nobody can write to.
    place = folder.absolute()
    try:
        while not place.exists():
            place = place.parent
        os.rmdir(tempfile.mkdtemp(prefix=".v2v-tf-", dir=place))
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written, {place} says: {error.strerror}: name another "
            f"folder with {option}"
        ) from error


@contextlib.contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Lends an empty folder beside another; on success it takes the other's place.

    Args:
        folder: the destination; what is there goes when the new one is complete.

    Yields:
        The folder to write to; a failure in the block removes it.
    """
    working = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(working, ignore_errors=True)
    working.mkdir(parents=True)
    try:
        yield working
        swap_in(working, folder)
    finally:
        shutil.rmtree(working, ignore_errors=True)


def swap_in(working: Path, folder: Path) -> None:
    """Renames `working` to `folder`; what was there goes afterwards."""
    aside = folder.with_name(f".{folder.name}.replaced")
    shutil.rmtree(aside, ignore_errors=True)
    if folder.exists():
        folder.rename(aside)
    working.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)
