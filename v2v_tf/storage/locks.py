"""Holds a folder for one process at a time; the system lets go of it when that ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from v2v_tf.errors import InputError


@contextlib.contextmanager
def alone(folder: Path, taken: str) -> Iterator[None]:
    """Holds a folder during the block; file systems without locks are not held.

    Args:
        folder: a folder that is there.
        taken: what to say where another process holds it.

    Raises:
        InputError: another process holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(taken) from error
        except OSError:
            pass
        yield
    finally:
        os.close(descriptor)


def is_held(folder: Path) -> bool:
    """Returns whether another process holds a folder, as by `alone`."""
    try:
        with alone(folder, ""):
            return False
    except InputError:
        return True
