"""Turns pictures upright, as the EXIF tag of cameras says."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

_TAG = 0x0112
_QUARTER_TURNS = {6: 8, 8: 6}  # each undoes the other; the rest undo themselves


def orientation_of(image: Image.Image) -> int:
    """Returns the orientation 1 .. 8 of a picture; 1 where it has none."""
    value = image.getexif().get(_TAG, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def is_webp(data: bytes) -> bool:
    """Returns whether a file is WebP that can have EXIF: an extended one."""
    return data[:4] == b"RIFF" and data[8:16] == b"WEBPVP8X"


def decoded(values: np.ndarray, data: bytes, stored: bool) -> np.ndarray:
    """Turns what OpenCV decoded where it does not as it was told.

    It always turns TIFF. Newer ones turn WebP too, and are told to leave it.

    Args:
        values: [H, W, ...], the decoded pixels.
        data: bytes of the file.
        stored: whether they were to come as they lie in the file, not upright.
    """
    is_tiff = data[:4] in (b"II*\0", b"MM\0*")
    if not (is_tiff if stored else is_webp(data)):
        return values
    with Image.open(io.BytesIO(data)) as image:
        turn = orientation_of(image)
    return as_stored(values, turn) if stored else upright(values, turn)


def upright(values: np.ndarray, orientation: int) -> np.ndarray:
    """Turns stored pixels as viewers show them.

    Args:
        values: [H, W, ...].
        orientation: 1 .. 8, of the file.

    Returns:
        The same pixels, [H, W, ...] or [W, H, ...].

    Example:
        ```python
        >>> import numpy as np
        >>> upright(np.array([[1, 2, 3], [4, 5, 6]]), 6).tolist()
        [[4, 1], [5, 2], [6, 3]]

        ```
    """
    if orientation >= 5:
        values = values.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return np.ascontiguousarray(values)


def as_stored(values: np.ndarray, orientation: int) -> np.ndarray:
    """Undoes `upright`."""
    return upright(values, _QUARTER_TURNS.get(orientation, orientation))
