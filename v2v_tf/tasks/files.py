"""Reads single source files: images, maps of ids, text.

Every function raises `InputError` that begins with the file's path.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from v2v_tf.errors import InputError

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".bmp", ".tif", ".tiff", ".webp"}
)
_LOSSY = frozenset({"JPEG", "MPO", "WEBP"})
# What systems and network drives leave between people's files, in lower case.
_LEFT_BY_SYSTEMS = frozenset(
    {
        *("__macosx", "@eadir", "#recycle", "$recycle.bin", "lost+found"),
        *("system volume information", "thumbs.db", "ehthumbs.db", "desktop.ini"),
    }
)


def natural_key(name: str) -> tuple[tuple[int, int | str], ...]:
    """Returns a key that sorts names as people count: `frame2` before `frame10`.

    Args:
        name: of a file or folder.

    Example:
        ```python
        >>> sorted(["frame10", "frame2", "frame1"], key=natural_key)
        ['frame1', 'frame2', 'frame10']

        ```
    """
    parts = re.split(r"(\d+)", name)
    # Numbers before letters; the name itself settles `01` and `1`. Every other part is
    # digits: what `isdigit` takes for some, such as a raised 2, need not be a number.
    counted = ((0, int(p)) if i % 2 else (1, p) for i, p in enumerate(parts))
    return (*counted, (1, name))


def list_all(folder: Path) -> list[Path]:
    """Returns what people put into a folder, in natural order.

    Hidden files and what systems leave behind are not theirs.
    """
    with _readable(folder):
        found = [
            entry
            for entry in folder.iterdir()
            if not entry.name.startswith(".")
            and entry.name.lower() not in _LEFT_BY_SYSTEMS
        ]
    return sorted(found, key=lambda entry: natural_key(entry.name))


def list_files(folder: Path, suffixes: frozenset[str]) -> list[Path]:
    """Returns the files of a folder with one of the suffixes, in natural order."""
    return [entry for entry in list_all(folder) if entry.suffix.lower() in suffixes]


def other_suffixes(folder: Path, suffixes: frozenset[str]) -> list[str]:
    """Returns the endings of files in a folder that are none of `suffixes`, sorted."""
    found = {entry.suffix.lower() for entry in list_all(folder) if entry.is_file()}
    return sorted(suffix or "no ending" for suffix in found - suffixes)


def list_folders(folder: Path) -> list[Path]:
    """Returns the sub-folders of a folder, in natural order."""
    with _readable(folder):
        return [entry for entry in list_all(folder) if entry.is_dir()]


def read_rgb(path: Path) -> np.ndarray:
    """Reads an image upright, as viewers show it; see `read_stored_rgb`."""
    return _read_color(path, cv2.IMREAD_COLOR)


def read_grey(path: Path) -> np.ndarray:
    """Reads an image upright, uint8 [H, W]; colours become their luma."""
    return cv2.cvtColor(read_rgb(path), cv2.COLOR_RGB2GRAY)


def read_stored_grey(path: Path) -> np.ndarray:
    """Reads an image as it lies in the file, uint8 [H, W]; see `read_grey`."""
    return cv2.cvtColor(read_stored_rgb(path), cv2.COLOR_RGB2GRAY)


def read_stored_rgb(path: Path) -> np.ndarray:
    """Reads an image as uint8 [H, W, 3], RGB; grey is repeated, alpha dropped.

    Pixels come as they lie in the file, whatever its EXIF says of the camera.
    """
    return _read_color(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)


def _read_color(path: Path, flags: int) -> np.ndarray:
    data = np.frombuffer(read_bytes(path), np.uint8)
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

    Raises:
        InputError: it cannot be read, or cannot hold ids.
    """
    with _lossless(path, "ids", "id map") as image:
        if image.mode in ("L", "P"):
            return np.array(image, np.uint8)
        if image.mode.startswith("I"):
            return np.array(image).astype(np.int32)
        raise InputError(
            f"{path}: expected a single-channel map of ids, got an image of mode "
            f"{image.mode}: store ids, not colours, or give the table of its colours "
            "with --label-map"
        )


def read_exact_rgb(path: Path) -> np.ndarray:
    """Reads the colours of a lossless picture, uint8 [H, W, 3]; alpha is dropped.

    Raises:
        InputError: it cannot be read, or cannot hold exact colours of 8 bits.
    """
    with _lossless(path, "colours of labels", "map of colours") as image:
        if image.mode not in ("RGB", "RGBA", "P", "L", "LA", "1"):
            raise InputError(
                f"{path}: expected a picture of 8 bits, RGB or with a palette, got an "
                f"image of mode {image.mode}"
            )
        return np.array(image.convert("RGB"))


@contextlib.contextmanager
def _lossless(path: Path, held: str, kind: str) -> Iterator[Image.Image]:
    """Opens a picture whose pixels are exact; `held` and `kind` are for messages."""
    try:
        with Image.open(path) as image:
            if image.format in _LOSSY:
                raise InputError(
                    f"{path}: {held} need a lossless format such as PNG, got "
                    f"{image.format}, which mixes neighbours"
                )
            yield image
    except InputError:
        raise
    except Exception as error:
        # Pillow's decoders let through whatever a broken file makes them raise.
        raise InputError(f"{path}: not a readable {kind} ({error})") from error


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
