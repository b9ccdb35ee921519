"""Reads single source files: images, maps of ids, text.

Every function raises `InputError` that begins with the file's path.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from v2v_tf.errors import InputError

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".bmp", ".tif", ".tiff"}
)


def list_files(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """Returns the files of a folder with one of the suffixes, sorted by name."""
    return [entry for entry in _list(folder) if entry.suffix.lower() in suffixes]


def list_folders(folder: Path) -> list[Path]:
    """Returns the sub-folders of a folder, sorted by name."""
    with _readable(folder):
        return [entry for entry in _list(folder) if entry.is_dir()]


def read_rgb(path: Path) -> np.ndarray:
    """Reads an image as uint8 [H, W, 3], RGB; grey is repeated, alpha dropped."""
    data = np.frombuffer(read_bytes(path), np.uint8)
    # Labels and landmarks refer to the stored pixels, so EXIF must not turn them.
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(data, flags) if data.size else None
    except cv2.error as error:
        # A header that claims more pixels than OpenCV takes.
        raise InputError(f"{path}: not a readable image ({error.err})") from error
    if image is None:
        raise InputError(f"{path}: not a readable image ({data.size} bytes)")
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def read_ids(path: Path) -> np.ndarray:
    """Reads a single-channel map of ids, uint8 or int32 [H, W].

    Palette images give their indices, not their colours.
    """
    try:
        with Image.open(path) as image:
            if image.mode in ("L", "P"):
                return np.array(image, np.uint8)
            if image.mode.startswith("I"):
                return np.array(image).astype(np.int32)
            mode = image.mode
    except Exception as error:
        # Pillow's decoders let through whatever a broken file makes them raise.
        raise InputError(f"{path}: not a readable id map ({error})") from error
    raise InputError(
        f"{path}: expected a single-channel map of ids, got an image of mode {mode}: "
        "store ids, not colours"
    )


def _list(folder: Path) -> list[Path]:
    """Returns what lies in a folder and is not hidden, sorted by name."""
    with _readable(folder):
        return sorted(e for e in folder.iterdir() if not e.name.startswith("."))


def read_bytes(path: Path) -> bytes:
    """Returns what a file holds."""
    with _readable(path):
        return path.read_bytes()


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Names the file or folder that the system cannot read."""
    try:
        yield
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def read_text(path: Path) -> str:
    """Returns the text of a UTF-8 file, with or without a byte order mark."""
    try:
        return read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file") from error
