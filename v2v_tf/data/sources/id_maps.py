"""Reads and writes label and instance ids as PNG files, in NVIDIA/vid2vid's layout."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def write_ids(path: Path, ids: np.ndarray) -> None:
    """Writes a map; its folder is made.

    Args:
        path: ends in `.png`.
        ids: uint8 or uint16 [H, W].
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    encoded, data = cv2.imencode(".png", ids)
    assert encoded
    path.write_bytes(data.tobytes())
