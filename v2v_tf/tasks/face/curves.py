"""Draws faces at source resolution: curves, part map, distances, background, crop.

Everything follows method.md 2.4; what it leaves open (rounding, the grey of the
background edges, the placing of the crop) was measured on published maps.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from v2v_tf.extras import needed

Size = tuple[int, int]

NUM_LANDMARKS = 68
# Label of a part in the part map, and its open curves as indices of points; points
# 68 .. 82 are the mirrored jaw.
PARTS: tuple[tuple[int, tuple[tuple[int, ...], ...]], ...] = (
    (1, ((*range(17), *range(68, 83), 0),)),
    (2, (tuple(range(17, 22)),)),
    (2, (tuple(range(22, 27)),)),
    (3, ((28, 31), tuple(range(31, 36)), (35, 28))),
    (4, ((36, 37, 38, 39), (39, 40, 41, 36))),
    (4, ((42, 43, 44, 45), (45, 46, 47, 42))),
    (5, (tuple(range(48, 55)), (*range(54, 60), 48))),
    (6, (tuple(range(60, 65)), (*range(64, 68), 60))),
)
NUM_PARTS = 1 + max(label for label, _ in PARTS)  # with 0, outside the face
NUM_CURVES = sum(len(curves) for _, curves in PARTS)
_MAX_BEND = 1.0
# Parabolas meet whole pixels at the landmarks: rounding noise must not truncate
# them to the pixel before.
_NOISE = 1e-9


@dataclass(frozen=True)
class FaceMaps:
    """Holds what the landmarks of one frame draw.

    Attributes:
        edges: uint8 [H, W], 255 on curves, else 0.
        parts: uint8 [H, W], 0 outside the face, 1 .. 6 its parts (method.md 2.4).
        distances: uint8 [H, W, 14], L1 distance to each curve in units of three
            pixels, truncated.
    """

    edges: np.ndarray
    parts: np.ndarray
    distances: np.ndarray


def draw_landmarks(landmarks: np.ndarray, size: Size) -> FaceMaps:
    """Draws 68 landmarks (method.md 2.4, points 1 to 3 and 6).

    Args:
        landmarks: [68, 2], (x, y) pixels; points outside the image are drawn on
            its border.
        size: (height, width) of the image.

    Returns:
        The maps at that size.
    """
    points = close_contour(landmarks)
    edges = np.zeros(size, np.uint8)
    parts = np.zeros(size, np.uint8)
    distances = np.empty((*size, NUM_CURVES), np.uint8)
    plane = 0
    for label, curves in PARTS:
        corners = np.concatenate([points[list(curve)] for curve in curves])
        cv2.fillPoly(parts, [corners.astype(np.int32)], label)
        for curve in curves:
            drawn = draw_curve(points[list(curve)], size)
            edges |= drawn
            away = cv2.distanceTransform(~drawn, cv2.DIST_L1, 3)
            distances[..., plane] = np.minimum(away / 3, 255).astype(np.uint8)
            plane += 1
    return FaceMaps(edges, parts, distances)


def draw_background(image: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Draws Canny edges outside the face (method.md 2.4, point 5).

    Args:
        image: uint8 [H, W, 3], RGB.
        parts: uint8 [H, W], the part map.

    Returns:
        uint8 [H, W], 255 on edges, else 0.

    Raises:
        MissingExtraError: the extra `prepare` is not installed.
    """
    with needed("prepare"):
        from skimage import feature
    edges = feature.canny(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))
    return np.where(edges & (parts == 0), 255, 0).astype(np.uint8)


def face_crop(landmarks: np.ndarray, size: Size) -> tuple[int, int, int, int]:
    """Returns the square around a face, 2.5 times as wide (method.md 2.4, point 7).

    It is shifted to stay inside the image, and as small as the image where that is
    smaller. An odd side gives its first row and column away.

    Args:
        landmarks: [68, 2], (x, y) pixels.
        size: (height, width) of the image.

    Returns:
        (y0, y1, x0, x1), pixels.
    """
    (left, top), (right, bottom) = landmarks.min(axis=0), landmarks.max(axis=0)
    side = min(int(2.5 * (right - left)), *size)
    centre = int(3 * top + bottom) // 4, int(left + right) // 2
    spans = []
    for middle, length in zip(centre, size, strict=True):
        start = min(max(middle - side // 2, 0), length - side)
        spans += [start + side % 2, start + side]
    return spans[0], spans[1], spans[2], spans[3]


def close_contour(landmarks: np.ndarray) -> np.ndarray:
    """Appends the jaw mirrored upwards: the face becomes a closed contour.

    Args:
        landmarks: [68, 2], (x, y) pixels.

    Returns:
        float64 [83, 2]; 68 .. 82 are jaw points 15 .. 1, as high above the ears as
        two thirds of what they were below.
    """
    jaw = landmarks[:17].astype(np.int64)
    ears = (jaw[0, 1] + jaw[16, 1]) / 2
    mirrored = jaw[15:0:-1].astype(np.float64)
    rise = np.floor(2 * (ears - mirrored[:, 1]) / 3)
    mirrored[:, 1] = np.trunc(ears + rise)
    return np.concatenate([landmarks, mirrored])


def draw_curve(points: np.ndarray, size: Size) -> np.ndarray:
    """Draws an open curve in pieces of three points, two pixels wide.

    Args:
        points: [N, 2], (x, y) pixels, N >= 2.
        size: (height, width) of the canvas.

    Returns:
        uint8 [H, W], 255 on the curve, else 0.
    """
    canvas = np.zeros(size, np.uint8)
    for start in range(0, len(points) - 1, 2):
        columns, rows = sample_piece(points[start : start + 3])
        for shift_y in (-1, 0):
            for shift_x in (-1, 0):
                y = np.clip(rows + shift_y, 0, size[0] - 1)
                x = np.clip(columns + shift_x, 0, size[1] - 1)
                canvas[y, x] = 255
    return canvas


def sample_piece(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Samples the line or parabola through two or three points, one per pixel.

    It is a function of the coordinate with the longer extent: y(x), or x(y). Points
    that share that coordinate count as one at their mean.

    Args:
        points: [2 or 3, 2], (x, y) pixels.

    Returns:
        Columns and rows, int64 [S] each; empty where the ends are less than a pixel
        apart or the parabola's quadratic coefficient exceeds 1.
    """
    extent = np.ptp(points, axis=0)
    along = 0 if extent[0] >= extent[1] else 1
    free, bound = points[:, along], points[:, 1 - along]
    first, last = sorted((free[0], free[-1]))
    samples = np.linspace(first, last, int(last - first))
    knots = np.unique(free)
    values = np.array([bound[free == knot].mean() for knot in knots])
    bend = _quadratic(knots, values) if len(knots) == 3 else 0.0
    if samples.size == 0 or abs(bend) > _MAX_BEND:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    # Newton's form is exact at the knots up to the last bit.
    slope = (values[1] - values[0]) / (knots[1] - knots[0])
    curve = values[0] + (samples - knots[0]) * (slope + bend * (samples - knots[1]))
    pair = (samples + _NOISE).astype(np.int64), (curve + _NOISE).astype(np.int64)
    return pair if along == 0 else pair[::-1]


def _quadratic(knots: np.ndarray, values: np.ndarray) -> float:
    slopes = np.diff(values) / np.diff(knots)
    return float((slopes[1] - slopes[0]) / (knots[2] - knots[0]))
