"""Forecasts by baselines: the last frame again, and motion that goes on."""

from __future__ import annotations

import numpy as np

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip


def copy_last(
    label_map: np.ndarray, frame: np.ndarray, num_frames: int
) -> ForecastClip:
    """Shows the last observed frame again and again.

    Args:
        label_map: uint8 [H, W], the last observed one.
        frame: uint8 [H, W, 3], the last observed one.
        num_frames: N.
    """
    return ForecastClip(
        np.repeat(label_map[None], num_frames, axis=0),
        frames=np.repeat(frame[None], num_frames, axis=0),
    )


def extrapolate_flow(
    label_map: np.ndarray, frame: np.ndarray, flow: np.ndarray, num_frames: int
) -> ForecastClip:
    """Lets every pixel move on as it last moved.

    Pixels are moved whole; where several meet the fastest one is visible, which is the
    nearest object where the camera moves; a hole shows the slowest of what ends beside
    it, what an object leaves behind.

    Args:
        label_map: uint8 [H, W], the last observed one.
        frame: uint8 [H, W, 3], the last observed one.
        flow: float32 [H, W, 2], pixels, (dx, dy), from it to the frame before.
        num_frames: N.
    """
    rows, columns = zip(
        *(_sources_after(flow, step) for step in range(1, num_frames + 1)), strict=True
    )
    chosen = np.stack(rows), np.stack(columns)
    return ForecastClip(label_map[chosen], frames=frame[chosen])


def _sources_after(flow: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns row and column of the pixel that is visible at each place after steps."""
    height, width = flow.shape[:2]
    moved = np.rint(-steps * flow).astype(np.int64)
    y, x = np.mgrid[:height, :width]
    # The last to be written stays.
    speed = np.linalg.norm(flow, axis=-1).ravel()
    order = np.argsort(speed, kind="stable")
    y, x = y.ravel()[order], x.ravel()[order]
    to_y, to_x = y + moved[y, x, 1], x + moved[y, x, 0]
    inside = (to_y >= 0) & (to_y < height) & (to_x >= 0) & (to_x < width)
    source = np.full((height, width), -1, np.int64)
    source[to_y[inside], to_x[inside]] = (y * width + x)[inside]
    source = _without_holes(source, speed)
    return source // width, source % width


def _without_holes(source: np.ndarray, speed: np.ndarray) -> np.ndarray:
    """Fills -1 from the left, right, above or below, by the slowest.

    Args:
        source: integers [H, W], indices of pixels.
        speed: [H * W], of each pixel.
    """
    if (source < 0).all():
        return np.arange(source.size).reshape(source.shape)
    while (source < 0).any():  # Twice, where whole rows and columns are empty.
        candidates = np.stack(
            [
                _continued(source),
                _continued(source[:, ::-1])[:, ::-1],
                _continued(source.T).T,
                _continued(source.T[:, ::-1])[:, ::-1].T,
            ]
        )
        speeds = np.where(candidates < 0, np.inf, speed[candidates])
        slowest = np.take_along_axis(candidates, speeds.argmin(axis=0)[None], axis=0)[0]
        source = np.where(source < 0, slowest, source)
    return source


def _continued(source: np.ndarray) -> np.ndarray:
    """Repeats in each row the last index that was there; -1 before the first."""
    known = np.where(source >= 0, np.arange(source.shape[1]), -1)
    last = np.maximum.accumulate(known, axis=1)
    found = np.take_along_axis(source, np.maximum(last, 0), axis=1)
    return np.where(last < 0, -1, found)
