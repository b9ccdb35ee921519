"""Composes still pictures of clips: contact sheets and slices through time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.metrics.checks import check_frames
from v2v_tf.visualization.panels import (
    BACKGROUND,
    CAPTION_HEIGHT,
    GAP,
    caption_bar,
    caption_width,
    readable,
)


def contact_sheet(
    rows: Mapping[str, np.ndarray], columns: Sequence[str] | None = None
) -> np.ndarray:
    """Composes chosen frames of several clips, one clip a row, captions around.

    Args:
        rows: caption to uint8 [N, H, W, 3]; all of one size.
        columns: N captions of the columns, such as `t = 12`; None for none.

    Returns:
        uint8 [h, w, 3].

    Raises:
        InputError: no rows, not such rows, or another number of captions.
    """
    if not rows:
        raise InputError("a contact sheet needs one row or more, got none")
    for name, frames in rows.items():
        check_frames(f"row '{name}'", frames)
    shapes = {frames.shape for frames in rows.values()}
    if len(shapes) > 1:
        raise InputError(
            "rows of a contact sheet must have one size and length, got "
            + ", ".join(f"{name} {list(rows[name].shape)}" for name in rows)
        )
    num_columns = shapes.pop()[0]
    if columns is not None and len(columns) != num_columns:
        raise InputError(
            f"a contact sheet of {num_columns} columns needs as many captions, got "
            f"{len(columns)}"
        )
    cells = {name: [readable(frame) for frame in rows[name]] for name in rows}
    height, width = next(iter(cells.values()))[0].shape[:2]
    margin = max(caption_width(name) for name in rows) + GAP
    header = CAPTION_HEIGHT if columns is not None else GAP
    sheet = np.full(
        (
            header + len(rows) * (height + GAP),
            margin + num_columns * (width + GAP),
            3,
        ),
        BACKGROUND,
        np.uint8,
    )
    for j, text in enumerate(columns or ()):
        x = margin + j * (width + GAP)
        sheet[:header, x : x + width] = caption_bar(text, width, header)
    for i, (name, row) in enumerate(cells.items()):
        y = header + i * (height + GAP)
        sheet[y : y + height, GAP:margin] = caption_bar(name, margin - GAP, height)
        for j, cell in enumerate(row):
            x = margin + j * (width + GAP)
            sheet[y : y + height, x : x + width] = cell
    return sheet


def xt_slice(frames: np.ndarray, row: int) -> np.ndarray:
    """Returns one image row over time: flicker shows as jitter of its lines.

    Args:
        frames: uint8 [T, H, W, 3].
        row: index of the image row, 0 .. H - 1.

    Returns:
        uint8 [T, W, 3], time downwards.

    Raises:
        InputError: not such frames, or no such row.
    """
    check_frames("frames", frames)
    if not 0 <= row < frames.shape[1]:
        raise InputError(f"row must be 0 .. {frames.shape[1] - 1}, got {row}")
    return frames[:, row].copy()
