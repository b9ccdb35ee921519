"""Composes panels: the tiles of one frame (condition, real, fake, ...) side by side.

Every tile carries its caption. Small tiles are enlarged by a whole factor (nearest,
so that pixels stay honest), large ones reduced, and the grid is the one nearest to
16:9.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.metrics.checks import check_frames

MIN_TILE_WIDTH = 200
MAX_TILE_WIDTH = 640
GAP = 8
CAPTION_HEIGHT = 22
BACKGROUND = 22  # grey levels
_INK = (226, 226, 226)
_ASPECT = 16 / 9
_EMPTY_COST = 1.2  # of empty cells, as a fraction, against squared log aspect
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_SCALE = 0.5
_INDENT = 2


def panel(tiles: Mapping[str, np.ndarray]) -> np.ndarray:
    """Composes the panel of one frame.

    Args:
        tiles: caption to uint8 [H, W, 3], in reading order; all of one size.

    Returns:
        uint8 [h, w, 3].

    Raises:
        InputError: no tiles, or not such tiles.
    """
    return next(
        panel_video(
            {name: np.asarray(tile)[np.newaxis] for name, tile in tiles.items()}
        )
    )


def panel_video(
    tiles: Mapping[str, np.ndarray | None],
) -> Iterator[np.ndarray]:
    """Composes the panels of a clip, one at a time.

    Args:
        tiles: caption to uint8 [T, H, W, 3], in reading order; all of one size.
            Tiles that are None are left out.

    Returns:
        Iterator over T panels, uint8 [h, w, 3], all of one size.

    Raises:
        InputError: at once: no tiles, or not such tiles.
    """
    present = {name: tile for name, tile in tiles.items() if tile is not None}
    if not present:
        raise InputError("a panel needs one tile or more, got none")
    for name, tile in present.items():
        check_frames(f"tile '{name}'", tile)
    shapes = {name: tile.shape for name, tile in present.items()}
    if len(set(shapes.values())) > 1:
        listed = ", ".join(f"{name} {list(shape)}" for name, shape in shapes.items())
        raise InputError(
            f"tiles of a panel must have one size and length, got {listed}"
        )
    num_frames = len(next(iter(present.values())))
    return (
        _compose({name: tile[t] for name, tile in present.items()})
        for t in range(num_frames)
    )


def grid_shape(num_tiles: int, height: int, width: int) -> tuple[int, int]:
    """Returns (rows, columns) of the grid nearest to 16:9, few cells empty.

    Args:
        num_tiles: cells that are needed, 1 or more.
        height: height of one cell, pixels.
        width: width of one cell, pixels.
    """

    def cost(columns: int) -> float:
        rows = math.ceil(num_tiles / columns)
        aspect = columns * width / (rows * height)
        empty = 1.0 - num_tiles / (rows * columns)
        return math.log(aspect / _ASPECT) ** 2 + _EMPTY_COST * empty

    columns = min(range(1, num_tiles + 1), key=cost)
    return math.ceil(num_tiles / columns), columns


def readable(tile: np.ndarray) -> np.ndarray:
    """Resizes a tile by a whole factor to a width that reads well.

    Args:
        tile: uint8 [H, W, 3].

    Returns:
        uint8 [h, w, 3]: enlarged (nearest) to 200 pixels of width or more, or reduced
        (area) to 640 or less; the same where it lies between.
    """
    height, width = tile.shape[:2]
    if width < MIN_TILE_WIDTH:
        factor = math.ceil(MIN_TILE_WIDTH / width)
        return tile.repeat(factor, axis=0).repeat(factor, axis=1)
    if width > MAX_TILE_WIDTH:
        factor = math.ceil(width / MAX_TILE_WIDTH)
        size = (width // factor, max(1, height // factor))
        return cv2.resize(tile, size, interpolation=cv2.INTER_AREA)
    return tile


def caption_width(text: str) -> int:
    """Returns the width in pixels that `caption_bar` needs to show a text full size."""
    (width, _), _ = cv2.getTextSize(_ascii(text), _FONT, _FONT_SCALE, 1)
    return width + 2 * _INDENT


def caption_bar(text: str, width: int, height: int = CAPTION_HEIGHT) -> np.ndarray:
    """Returns a strip with a caption, made smaller where it would not fit.

    Args:
        text: plain ASCII; other characters become `?`, as OpenCV has no others.
        width: pixels.
        height: pixels.

    Returns:
        uint8 [height, width, 3].
    """
    bar = np.full((height, width, 3), BACKGROUND, np.uint8)
    scale = _FONT_SCALE * min(1.0, width / caption_width(text))
    origin = (_INDENT, height // 2 + 5)
    cv2.putText(bar, _ascii(text), origin, _FONT, scale, _INK, 1, cv2.LINE_AA)
    return bar


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode()


def _compose(tiles: Mapping[str, np.ndarray]) -> np.ndarray:
    cells = []
    for name, tile in tiles.items():
        tile = readable(tile)
        cells.append(np.concatenate([caption_bar(name, tile.shape[1]), tile]))
    height, width = cells[0].shape[:2]
    rows, columns = grid_shape(len(cells), height, width)
    canvas = np.full(
        (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3),
        BACKGROUND,
        np.uint8,
    )
    for index, cell in enumerate(cells):
        y = GAP + index // columns * (height + GAP)
        x = GAP + index % columns * (width + GAP)
        canvas[y : y + height, x : x + width] = cell
    return canvas
