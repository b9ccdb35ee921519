"""Label maps whose ids are places in a palette that belongs to the picture alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from v2v_tf.tasks.street.palettes import PALETTES, palette_colors


def doubt_of_palette(path: Path) -> str | None:
    """Returns what the ids of a label map look like, where they look wrong.

    Programs that reduce colours make a palette of those in the picture: every place in
    it is used, and says nothing of a label.

    Args:
        path: path of the file; whoever reads it says what is wrong with it otherwise.
    """
    try:
        with Image.open(path) as image:
            if image.mode != "P":
                return None
            colors = np.array(image.getpalette(), np.int64).reshape(-1, 3)
            used = np.unique(np.array(image))
    except Exception:  # Pillow lets through whatever a broken file makes it raise
        return None
    is_full = len(used) > 1 and np.array_equal(used, np.arange(len(colors)))
    if not is_full or _is_known(colors):
        return None
    return (
        f"the ids are 0 .. {used[-1]}, all places of a palette of the picture's own, "
        f"which is none of {', '.join(PALETTES)}: they look like places in it, which "
        "may change from frame to frame, and not like labels (--label-map FILE with "
        "lines r,g,b,id)"
    )


def _is_known(colors: np.ndarray) -> bool:
    """Returns whether colours are the first ones of a palette of labels, or greys."""
    grey_ramp = np.repeat(np.arange(len(colors))[:, np.newaxis], 3, axis=1)
    known = (grey_ramp, *(palette_colors(name) for name in PALETTES))
    return any(np.array_equal(colors, one[: len(colors)]) for one in known)
