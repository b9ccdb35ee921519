"""Ends of video files: whether one breaks off, where no header says how long it is."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_OGG = b"OggS"
_OGG_LAST_PAGE = 4
# The largest page of an Ogg file, with its header.
_OGG_PAGE = 65307
_LARGE_BOX = 1
_LAST_BOX = 0


def breaks_off(path: Path) -> bool:
    """Returns whether the end of a file is missing, by its container alone.

    Known of MP4, whose parts say their lengths, and of Ogg, which marks its last page.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(8)
        if head.startswith(_OGG):
            return _ogg_breaks_off(file, size)
        return head[4:] == b"ftyp" and _mp4_breaks_off(file, size)


def _ogg_breaks_off(file: BinaryIO, size: int) -> bool:
    file.seek(max(size - 2 * _OGG_PAGE, 0))
    tail = file.read()
    flags = tail.rfind(_OGG) + len(_OGG) + 1
    return flags >= len(tail) or not tail[flags] & _OGG_LAST_PAGE


def _mp4_breaks_off(file: BinaryIO, size: int) -> bool:
    place = 0
    while place + 8 <= size:
        file.seek(place)
        header = file.read(16)
        length = int.from_bytes(header[:4], "big")
        if length == _LAST_BOX:
            return False
        if length == _LARGE_BOX:
            length = int.from_bytes(header[8:], "big")
        if length < 8:
            # Not a box: what follows the video is none of it.
            return False
        place += length
    return place > size
