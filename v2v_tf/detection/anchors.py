"""Reads what single-shot detectors say: a box for each anchor, the same thing once.

The networks of MediaPipe (https://github.com/google-ai-edge/mediapipe) answer for a
fixed grid of anchors: how far the box lies from each, how large it is, and where some
points of the thing are, all in pixels of the picture that they read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Found:
    """Holds one thing that a detector found.

    Attributes:
        box: (left, top, right, bottom), shares of the picture.
        score: confidence, 0 .. 1.
        points: float64 [K, 2], x and y, shares of the picture.
    """

    box: np.ndarray
    score: float
    points: np.ndarray


def grid(levels: Sequence[tuple[int, int]]) -> np.ndarray:
    """Returns the middles of the anchors, float64 [A, 2], shares of the picture.

    Args:
        levels: cells on each side, and anchors in each cell, of each level.

    Example:
        ```python
        >>> grid([(2, 1)]).tolist()
        [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]

        ```
    """
    middles = []
    for cells, count in levels:
        steps = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(steps, steps, indexing="ij")
        level = np.stack([x.ravel(), y.ravel()], axis=-1)
        middles.append(np.repeat(level, count, axis=0))
    return np.concatenate(middles)


def read_boxes(
    values: np.ndarray,
    logits: np.ndarray,
    anchors: np.ndarray,
    size: int,
    threshold: float,
    overlap: float = 0.3,
) -> list[Found]:
    """Returns what was found, each thing once, the most confident first.

    Boxes that overlap are one thing: their mean, weighted by confidence.

    Args:
        values: float [A, 4 + 2 K]: x and y of the middle from the anchor, width and
            height, and K points from the anchor, pixels.
        logits: float [A], confidences before the sigmoid.
        anchors: float [A, 2], see `grid`.
        size: side of the picture that was read, pixels.
        threshold: least confidence, 0 .. 1.
        overlap: intersection by union from which boxes are one thing.
    """
    scores = 1.0 / (1.0 + np.exp(-np.clip(logits.astype(np.float64), -100.0, 100.0)))
    kept = np.flatnonzero(scores >= threshold)
    kept = kept[np.argsort(-scores[kept], kind="stable")]
    scores = scores[kept]
    values = values[kept].astype(np.float64) / size
    middles = anchors[kept] + values[:, :2]
    half = values[:, 2:4] / 2
    boxes = np.concatenate([middles - half, middles + half], axis=1)
    num_points = values.shape[1] // 2 - 2
    points = values[:, 4:].reshape(len(kept), num_points, 2) + anchors[kept, np.newaxis]
    found = []
    left = np.ones(len(kept), bool)
    for index in range(len(kept)):
        if not left[index]:
            continue
        same = left & (intersection_by_union(boxes[index], boxes) > overlap)
        same[index] = True
        left &= ~same
        weights = scores[same] / scores[same].sum()
        found.append(
            Found(
                np.tensordot(weights, boxes[same], 1),
                float(scores[index]),
                np.tensordot(weights, points[same], 1),
            )
        )
    return found


def intersection_by_union(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Returns how much boxes overlap with one, 0 .. 1.

    Args:
        box: float [4]: left, top, right, bottom.
        others: float [N, 4].

    Returns:
        float64 [N].
    """
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    area = np.prod(box[2:] - box[:2])
    total = area + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    return shared / np.maximum(total, 1e-12)
