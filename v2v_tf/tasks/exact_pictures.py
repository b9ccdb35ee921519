"""Pictures whose numbers are exact: what formats keep of ids, and what they change."""

from __future__ import annotations

import re

import numpy as np
from PIL import Image

_JPEG = frozenset({"JPEG", "MPO"})
_COMPRESSION, _BITS = 259, 258  # tags of TIFF
_LOSSY_TIFF = {
    **{6: "JPEG", 7: "JPEG", 34892: "JPEG", 50001: "WebP", 50002: "JPEG XL"},
    **{33003: "JPEG 2000", 33005: "JPEG 2000", 34712: "JPEG 2000"},
}
_PGM = re.compile(rb"P[25](?:\s+|#[^\n]*\n)+\d+(?:\s+|#[^\n]*\n)+\d+(?:\s+|#[^\n]*\n)+")
_DEPTHS = (2, 4)


def lossy_format(image: Image.Image, data: bytes) -> str | None:
    """Returns the name of a format that mixes neighbours; None for one that does not.

    Args:
        image: as Pillow opened it.
        data: bytes of its file.
    """
    if image.format in _JPEG:
        return image.format
    if image.format == "WEBP" and not _is_lossless_webp(data):
        return "WEBP"
    compression = _tag(image, _COMPRESSION)
    if compression in _LOSSY_TIFF:
        return f"TIFF compressed by {_LOSSY_TIFF[compression]}"
    return None


def single_channel(image: Image.Image) -> np.ndarray | None:
    """Returns the one channel of a picture, as Pillow reads it; None where it has more.

    WebP has no pictures of one channel: equal ones count as one.

    Args:
        image: as Pillow opened it.
    """
    if image.mode in ("L", "P"):
        return np.array(image, np.uint8)
    if image.mode.startswith("I"):
        return np.array(image).astype(np.int32)
    if image.format == "WEBP":
        colors = np.array(image.convert("RGB"))
        if (colors == colors[..., :1]).all():
            return colors[..., 0]
    return None


def true_values(values: np.ndarray, image: Image.Image, data: bytes) -> np.ndarray:
    """Returns the numbers of a file from those that Pillow stretches to full range.

    Args:
        values: numbers of one channel, as Pillow reads them.
        image: as Pillow opened it.
        data: bytes of its file.
    """
    largest = _largest(image, data)
    if largest is None:
        return values
    full = 255 if largest < 256 else 65_535
    return np.rint(values * (largest / full)).astype(values.dtype)


def _largest(image: Image.Image, data: bytes) -> int | None:
    """Returns the largest number that a file can hold, where Pillow stretches it."""
    if image.format == "PPM":
        header = _PGM.match(data)
        digits = re.match(rb"\d+", data[header.end() :]) if header else None
        return int(digits[0]) if digits else None
    depth = None
    if image.format == "PNG" and data[25] == 0:  # grey
        depth = data[24]
    elif image.format == "TIFF" and image.mode == "L":
        depth = _tag(image, _BITS)
    return 2**depth - 1 if depth in _DEPTHS else None


def _tag(image: Image.Image, number: int) -> int | None:
    """Returns the first value of a tag of a TIFF file; None for other files."""
    value = getattr(image, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) else value


def _is_lossless_webp(data: bytes) -> bool:
    """Returns whether the picture of a WebP file is a lossless chunk."""
    place = 12
    while place + 8 <= len(data):
        name = data[place : place + 4]
        if name in (b"VP8L", b"VP8 ", b"ANMF"):
            return name == b"VP8L"
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        place += 8 + length + length % 2
    return False
