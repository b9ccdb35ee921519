"""Colours and names of label ids.

`cityscapes` is the public standard of its 35 label ids (method.md 1.6), `toy` of the
procedural street, `generic` interleaves the bits of the id, as PASCAL VOC does, so
that any two of 256 ids differ and near ids differ much.
"""

from __future__ import annotations

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.labels import Color, paint

_CITYSCAPES: tuple[tuple[str, Color], ...] = (
    ("unlabeled", (0, 0, 0)),
    ("ego vehicle", (0, 0, 0)),
    ("rectification border", (0, 0, 0)),
    ("out of roi", (0, 0, 0)),
    ("static", (0, 0, 0)),
    ("dynamic", (111, 74, 0)),
    ("ground", (81, 0, 81)),
    ("road", (128, 64, 128)),
    ("sidewalk", (244, 35, 232)),
    ("parking", (250, 170, 160)),
    ("rail track", (230, 150, 140)),
    ("building", (70, 70, 70)),
    ("wall", (102, 102, 156)),
    ("fence", (190, 153, 153)),
    ("guard rail", (180, 165, 180)),
    ("bridge", (150, 100, 100)),
    ("tunnel", (150, 120, 90)),
    ("pole", (153, 153, 153)),
    ("polegroup", (153, 153, 153)),
    ("traffic light", (250, 170, 30)),
    ("traffic sign", (220, 220, 0)),
    ("vegetation", (107, 142, 35)),
    ("terrain", (152, 251, 152)),
    ("sky", (70, 130, 180)),
    ("person", (220, 20, 60)),
    ("rider", (255, 0, 0)),
    ("car", (0, 0, 142)),
    ("truck", (0, 0, 70)),
    ("bus", (0, 60, 100)),
    ("caravan", (0, 0, 90)),
    ("trailer", (0, 0, 110)),
    ("train", (0, 80, 100)),
    ("motorcycle", (0, 0, 230)),
    ("bicycle", (119, 11, 32)),
    ("license plate", (0, 0, 142)),
)
_TOY: tuple[tuple[str, Color], ...] = (
    ("sky", (70, 130, 180)),
    ("road", (128, 64, 128)),
    ("lane mark", (240, 240, 240)),
    ("pavement", (244, 35, 232)),
    ("building", (70, 70, 70)),
    ("tree", (107, 142, 35)),
    ("car", (0, 0, 142)),
    ("person", (220, 20, 60)),
)
PALETTES = ("cityscapes", "toy", "generic")


def palette_colors(palette: str) -> np.ndarray:
    """Returns the colours of a palette.

    Args:
        palette: `cityscapes`, `toy` or `generic`.

    Returns:
        uint8 [N, 3], RGB; N is 35 for `cityscapes`, 256 for `generic`.

    Raises:
        InputError: no such palette.
    """
    if palette == "cityscapes":
        return np.array([color for _, color in _CITYSCAPES], np.uint8)
    if palette == "toy":
        return np.array([color for _, color in _TOY], np.uint8)
    if palette == "generic":
        return _bit_interleaved()
    raise InputError(f"palette must be one of {', '.join(PALETTES)}, got '{palette}'")


def label_names(palette: str, num: int) -> tuple[str, ...]:
    """Returns the names of the labels 0 .. num - 1.

    Args:
        palette: `cityscapes`, `toy` or `generic` (`label 0`, `label 1`, ...).
        num: number of colours.

    Raises:
        InputError: no such palette, or it has fewer labels.
    """
    known = len(palette_colors(palette))
    if not 0 < num <= known:
        raise InputError(
            f"palette '{palette}' names 1 .. {known} labels, got {num}: "
            "set conditioning.street.palette to 'generic' for other labels"
        )
    if palette == "cityscapes":
        return tuple(name for name, _ in _CITYSCAPES[:num])
    if palette == "toy":
        return tuple(name for name, _ in _TOY[:num])
    return tuple(f"label {i}" for i in range(num))


def colorize_labels(label_map: np.ndarray, palette: str) -> np.ndarray:
    """Paints label ids.

    Args:
        label_map: integers [..., H, W], label ids.
        palette: `cityscapes`, `toy` or `generic`.

    Returns:
        uint8 [..., H, W, 3], RGB.

    Raises:
        InputError: no such palette, no integers, or an id that it does not have.
    """
    return paint(label_map, palette_colors(palette), palette)


def _bit_interleaved() -> np.ndarray:
    """Returns uint8 [256, 3]: bits 0, 3, 6 of the id make red, most significant first.

    Bits 1, 4, 7 make green and bits 2, 5 blue.
    """
    ids = np.arange(256)
    colors = np.zeros((256, 3), np.int64)
    for bit in range(8):
        colors[:, bit % 3] |= (ids >> bit & 1) << (7 - bit // 3)
    return colors.astype(np.uint8)
