"""Stores maps of numbers as PNG of one channel, without loss."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.storage.files import replacing


def write_map(path: Path, values: np.ndarray) -> None:
    """Writes a map, in the place of the file that is there.

    Args:
        path: ends in `.png`; its folder is made.
        values: uint8 or uint16 [H, W].

    Raises:
        InputError: other values.
        OSError: the disk refused.
    """
    with replacing(path, ".png", overwrite=True) as partial:
        partial.write_bytes(map_bytes(values))


def map_bytes(values: np.ndarray) -> bytes:
    """Returns a map as the contents of a PNG file.

    Args:
        values: uint8 or uint16 [H, W].

    Raises:
        InputError: other values.
    """
    if values.dtype not in (np.uint8, np.uint16) or values.ndim != 2:
        raise InputError(
            f"expected a map uint8 or uint16 [H, W], got {values.dtype} "
            f"{list(values.shape)}"
        )
    return cv2.imencode(".png", values)[1].tobytes()


def read_map(path: Path) -> np.ndarray:
    """Reads what `write_map` wrote, uint8 or uint16 [H, W].

    Raises:
        InputError: no such file, or no map.
    """
    values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if values is None or values.ndim != 2:
        raise InputError(f"{path}: expected a map, a PNG of one channel")
    return values
