"""Draws the preview: source, reference and result beside each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from v2v_tf.apps.retargeting.clips import PointClip
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.points_over_time import is_detected
from v2v_tf.visualization.panels import panel
from v2v_tf.visualization.sheets import contact_sheet
from v2v_tf.visualization.video import write_png, write_video

Size = tuple[int, int]
Window = tuple[slice, slice]
VIDEO, STILL = "preview.mp4", "preview.png"
_HEIGHT = 320  # of a tile
_MIN_WIDTH = 200
_COLUMNS = 4
_DIMMED = 3  # pictures under curves keep one part of so many


def write_preview(
    folder: Path,
    form: PointFormat,
    source: PointClip,
    kept: Sequence[int],
    reference: PointClip,
    shown: Sequence[int],
    result: np.ndarray,
    fps: float,
) -> None:
    """Writes a video of every frame, and a sheet of some.

    Tiles: the source; the frame of the reference that looks most alike; the result;
    the result over that frame. Each shows the part of the picture in which there is
    something; it is the same for all but the source.

    Args:
        folder: folder to write into.
        form: format of the points, from their task.
        source: clip of the source, before fitting.
        kept: T indices of its frames that are in the result.
        reference: clip of the reference, with pictures.
        shown: T indices of its frames, to show beside the result.
        result: float64 [T, N, C], see `clips`.
        fps: frames per second of the written video.
    """
    ours = window(source.points[list(kept)], source.size, form.margin)
    both = np.concatenate([reference.points[list(shown)], result])
    theirs = window(both, reference.size, form.margin)
    size = _tile_size(theirs)

    pictures = reference.pictures()

    def tiles(time: int) -> dict[str, np.ndarray]:
        picture = source_files.read_rgb(pictures[shown[time]])
        below, black = picture // _DIMMED, np.zeros_like(picture)
        driver = draw_points(
            form, source.points[kept[time]], _background(source, kept[time])
        )
        person = draw_points(form, reference.points[shown[time]], below)
        return {
            "source": letterbox(driver[ours], size),
            "reference": letterbox(person[theirs], size),
            "retargeted": letterbox(
                draw_points(form, result[time], black)[theirs], size
            ),
            "over the reference": letterbox(
                draw_points(form, result[time], below)[theirs], size
            ),
        }

    def frames() -> Iterator[np.ndarray]:
        for time in range(len(result)):
            yield panel(tiles(time))

    write_video(folder / VIDEO, frames(), fps)
    moments = np.unique(np.linspace(0, len(result) - 1, _COLUMNS).astype(int))
    columns = [tiles(int(time)) for time in moments]
    rows = {name: np.stack([tile[name] for tile in columns]) for name in columns[0]}
    names = [f"frame {source.stems[kept[time]]}" for time in moments]
    write_png(folder / STILL, contact_sheet(rows, names))


def draw_points(
    form: PointFormat, points: np.ndarray, background: np.ndarray
) -> np.ndarray:
    """Draws a skeleton or a face over a picture, as networks see it.

    Args:
        form: format of the points, from their task.
        points: float64 [N, C]; NaN where missing.
        background: uint8 [H, W, 3].

    Returns:
        uint8 [H, W, 3].
    """
    size = (background.shape[0], background.shape[1])
    drawn = form.draw(points, size)
    return np.where(drawn.any(axis=-1, keepdims=True), drawn, background)


def window(points: np.ndarray, size: Size, margin: float) -> Window:
    """Returns the part of a picture in which a clip's points are, with a margin.

    Args:
        points: float64 [T, N, C]; NaN where missing.
        size: (height, width) of the picture.
        margin: around the points, by the larger side of the box around them.

    Returns:
        Slices of rows and of columns; all of them where the points have no extent in
        the picture.
    """
    limits = np.array(size[::-1])
    shown = points[is_detected(points)][:, :2]
    low, high = np.clip([shown.min(axis=0), shown.max(axis=0)], 0, limits)
    if (low >= high).any():
        return slice(0, size[0]), slice(0, size[1])
    around = margin * max(high - low)
    left, top = np.maximum(low - around, 0).astype(int).tolist()
    right, bottom = np.minimum(high + around, limits).astype(int).tolist()
    return slice(top, bottom), slice(left, right)


def letterbox(picture: np.ndarray, size: Size) -> np.ndarray:
    """Fits a picture into a frame, black around it.

    Args:
        picture: uint8 [H, W, 3].
        size: (height, width) of the frame.

    Returns:
        uint8 [height, width, 3].
    """
    factor = min(size[0] / picture.shape[0], size[1] / picture.shape[1])
    height, width = (
        min(max(round(side * factor), 1), limit)
        for side, limit in zip(picture.shape[:2], size, strict=True)
    )
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    fitted = cv2.resize(picture, (width, height), interpolation=how)
    frame = np.zeros((*size, 3), np.uint8)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    frame[top : top + height, left : left + width] = fitted
    return frame


def _background(clip: PointClip, index: int) -> np.ndarray:
    image = clip.images[index]
    if image is not None:
        return source_files.read_rgb(image) // _DIMMED
    return np.zeros((*clip.size, 3), np.uint8)


def _tile_size(shown: Window) -> Size:
    rows, columns = shown
    width = _HEIGHT * (columns.stop - columns.start) / (rows.stop - rows.start)
    return _HEIGHT, max(round(width), _MIN_WIDTH)
