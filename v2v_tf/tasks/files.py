"""Reads single source files: images, maps of ids, text.

Every function raises `InputError` that begins with the file's path.
"""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, UnidentifiedImageError

from v2v_tf.errors import InputError
from v2v_tf.tasks import exact_pictures, jpeg_damage, orientation

IMAGE_SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".pgm", ".ppm", ".bmp", ".tif", ".tiff", ".webp"}
)
_ORIENTATION = "v2v_tf orientation"
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
    return _read_color(path, stored=False)


def read_grey(path: Path) -> np.ndarray:
    """Reads an image upright, uint8 [H, W]; colours become their luma.

    Where every colour is one and alpha is not, the picture is what alpha shows.
    """
    return _read_grey(path, stored=False)


def read_stored_grey(path: Path) -> np.ndarray:
    """Reads an image as it lies in the file, uint8 [H, W]; see `read_grey`."""
    return _read_grey(path, stored=True)


def read_stored_rgb(path: Path) -> np.ndarray:
    """Reads an image as uint8 [H, W, 3], RGB; grey is repeated, alpha dropped.

    Pixels come as they lie in the file, whatever its EXIF says of the camera.
    """
    return _read_color(path, stored=True)


def _read_grey(path: Path, stored: bool) -> np.ndarray:
    grey = cv2.cvtColor(_read_color(path, stored), cv2.COLOR_RGB2GRAY)
    if grey.min() < grey.max():
        return grey
    with _opened(path, "image") as (image, _):
        if "A" not in image.mode and "transparency" not in image.info:
            return grey
        alpha = _turned(np.array(image.convert("RGBA"))[..., 3], image, stored)
    return alpha if alpha.min() < alpha.max() else grey


def _read_color(path: Path, stored: bool) -> np.ndarray:
    data = read_bytes(path)
    is_left = stored or orientation.is_webp(data)  # turned below
    flags = cv2.IMREAD_COLOR | (cv2.IMREAD_IGNORE_ORIENTATION if is_left else 0)
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
    except cv2.error as error:
        # A header that claims more pixels than OpenCV takes.
        raise InputError(f"{path}: not a readable image ({error.err})") from error
    if image is None:
        raise InputError(f"{path}: not a readable image ({len(data)} bytes)")
    if jpeg_damage.is_damaged(data):
        raise InputError(
            f"{path}: not a readable image: its JPEG data is damaged or breaks off"
        )
    image = orientation.decoded(image, data, stored)
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def read_ids(path: Path) -> np.ndarray:
    """Reads a single-channel map of ids upright, uint8 or int32 [H, W].

    Palette images give their indices, not their colours.

    Raises:
        InputError: it cannot be read, or cannot hold ids.
    """
    return _read_ids(path, stored=False)


def read_stored_ids(path: Path) -> np.ndarray:
    """Reads a map of ids as it lies in the file; see `read_ids`."""
    return _read_ids(path, stored=True)


def _read_ids(path: Path, stored: bool) -> np.ndarray:
    with _lossless(path, "ids", "id map") as (image, data):
        values = exact_pictures.single_channel(image)
        if values is None:
            raise InputError(
                f"{path}: expected a single-channel map of ids, got an image of mode "
                f"{image.mode}: store ids, not colours, or give the table of its "
                "colours with --label-map"
            )
        return _turned(exact_pictures.true_values(values, image, data), image, stored)


def read_exact_rgb(path: Path, stored: bool = False) -> np.ndarray:
    """Reads the colours of a lossless picture, uint8 [H, W, 3]; alpha is dropped.

    Args:
        path: path of the file.
        stored: as it lies in the file, not upright.

    Raises:
        InputError: it cannot be read, or cannot hold exact colours of 8 bits.
    """
    with _lossless(path, "colours of labels", "map of colours") as (image, _):
        if image.mode not in ("RGB", "RGBA", "P", "L", "LA", "1"):
            raise InputError(
                f"{path}: expected a picture of 8 bits, RGB or with a palette, got an "
                f"image of mode {image.mode}"
            )
        return _turned(np.array(image.convert("RGB")), image, stored)


def _turned(values: np.ndarray, image: Image.Image, stored: bool) -> np.ndarray:
    """Returns pixels that Pillow read upright, or as they lie in the file."""
    turn = image.info[_ORIENTATION]
    if image.format == "TIFF":  # which Pillow turns as it reads
        return orientation.as_stored(values, turn) if stored else values
    return values if stored else orientation.upright(values, turn)


@contextlib.contextmanager
def _lossless(path: Path, held: str, kind: str) -> Iterator[tuple[Image.Image, bytes]]:
    """Opens a picture whose pixels are exact; `held` and `kind` are for messages."""
    with _opened(path, kind) as (image, data):
        lossy = exact_pictures.lossy_format(image, data)
        if lossy is not None:
            raise InputError(
                f"{path}: {held} need a lossless format such as PNG, got {lossy}, "
                "which mixes neighbours"
            )
        yield image, data


@contextlib.contextmanager
def _opened(path: Path, kind: str) -> Iterator[tuple[Image.Image, bytes]]:
    """Opens a picture with Pillow, and gives what its file holds."""
    data = read_bytes(path)
    try:
        with Image.open(io.BytesIO(data)) as image:
            # Pillow forgets that of a TIFF once it has read the pixels.
            image.info[_ORIENTATION] = orientation.orientation_of(image)
            yield image, data
    except InputError:
        raise
    except UnidentifiedImageError as error:
        raise InputError(
            f"{path}: not a readable {kind} ({len(data)} bytes of no known format)"
        ) from error
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
