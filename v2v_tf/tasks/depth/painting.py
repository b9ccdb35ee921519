"""Paints depth maps whose range nobody said yet, for the eye alone."""

from __future__ import annotations

import cv2
import numpy as np


def paint_found(depth: np.ndarray) -> np.ndarray:
    """Paints a depth map from its nearest depth, red, to its farthest, blue.

    Args:
        depth: uint16 [H, W]; 0, missing, is black.

    Returns:
        uint8 [H, W, 3], RGB.

    Example:
        ```python
        >>> import numpy as np
        >>> painted = paint_found(np.array([[0, 300, 900]], np.uint16))
        >>> painted[0, 0].tolist(), bool(painted[0, 1, 0] > painted[0, 1, 2])
        ([0, 0, 0], True)

        ```
    """
    known = depth > 0
    if not known.any():
        return np.zeros((*depth.shape, 3), np.uint8)
    near, far = int(depth[known].min()), int(depth.max())
    share = (far - depth.astype(np.float64)) / max(far - near, 1)
    # From blue to red, without the nearly black ends of the map.
    levels = np.rint(20 + 220 * share.clip(0, 1)).astype(np.uint8)
    colors = cv2.applyColorMap(levels, cv2.COLORMAP_TURBO)[..., ::-1]
    return np.where(known[..., np.newaxis], colors, 0).astype(np.uint8)
