"""Compares pictures that were found in frames: lines, and masks.

A task whose conditions are such pictures returns `lines_adherence` or `masks_adherence`
from its `Task.adherence`.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.adherence import Adherence, AdherenceMetric, Seen, mirrored_picture

# Share of the diagonal within which lines match, as in the benchmark of boundaries of
# BSDS500 (Arbelaez et al., PAMI 2011, DOI 10.1109/TPAMI.2010.161).
TOLERANCE = 0.0075
# Levels of grey from which a pixel belongs to a line or to a mask.
THRESHOLD = 128


def lines_f1(
    found: np.ndarray, real: np.ndarray, threshold: int = THRESHOLD
) -> float | None:
    """Returns how well lines agree: the harmonic mean of precision and recall.

    Precision is the share of the pixels of `found` that lie near one of `real`, recall
    that of `real` near `found`; near is 0.0075 of the diagonal, and 1 pixel at least.
    Unlike in BSDS500, one pixel may be near to many: distances are looked up in a
    distance transform, and pixels are not assigned one to one.

    Args:
        found: uint8 [H, W], lines of the generated frame.
        real: uint8 [H, W], lines of the real frame.
        threshold: levels of grey from which a pixel belongs to a line.

    Returns:
        0 .. 1, 1 for the same lines; None where neither has any.

    Raises:
        InputError: the pictures differ in size.

    Example:
        ```python
        >>> import numpy as np
        >>> real, found = np.zeros([2, 8, 8], np.uint8)
        >>> real[2, :] = found[3, :4] = found[6, :2] = 255
        >>> round(lines_f1(found, real), 3)  # precision 4 of 6, recall 4 of 8
        0.571

        ```
    """
    ours, theirs = _pixels(found, real, threshold)
    if not ours.any() and not theirs.any():
        return None
    if not ours.any() or not theirs.any():
        return 0.0
    most = max(TOLERANCE * float(np.hypot(ours.shape[0], ours.shape[1])), 1.0)
    precision = float((_distances(theirs)[ours] <= most).mean())
    recall = float((_distances(ours)[theirs] <= most).mean())
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0


def mask_iou(
    found: np.ndarray, real: np.ndarray, threshold: int = THRESHOLD
) -> float | None:
    """Returns the intersection of two masks by their union.

    Args:
        found: uint8 [H, W], mask of the generated frame.
        real: uint8 [H, W], mask of the real frame.
        threshold: level from which a pixel belongs to a mask.

    Returns:
        0 .. 1, 1 for the same masks; None where neither has any pixel.

    Raises:
        InputError: the masks differ in size.

    Example:
        ```python
        >>> import numpy as np
        >>> found, real = np.zeros([2, 4, 8], np.uint8)
        >>> found[:, 2:6] = real[1:, 3:8] = 255
        >>> mask_iou(found, real)  # 9 of 16 + 15 - 9
        0.4090909090909091

        ```
    """
    ours, theirs = _pixels(found, real, threshold)
    union = int((ours | theirs).sum())
    return int((ours & theirs).sum()) / union if union else None


def lines_adherence(
    name: str,
    title: str,
    what: str,
    look: Callable[[np.ndarray], np.ndarray] | None = None,
    threshold: int = THRESHOLD,
) -> Adherence:
    """Returns the adherence of a task whose conditions are lines, see `lines_f1`.

    Args:
        name: name of the metric in files.
        title: name of the metric for people.
        what: plural of what is looked for.
        look: see `Adherence`.
        threshold: see `lines_f1`.
    """
    note = f"F1 of {what} within {TOLERANCE:.2%} of the diagonal; 1 is equal"
    return _adherence(
        AdherenceMetric(name, title, note), what, lines_f1, look, threshold
    )


def masks_adherence(
    name: str, title: str, what: str, threshold: int = THRESHOLD
) -> Adherence:
    """Returns the adherence of a task whose conditions are masks, see `mask_iou`.

    Args:
        name: name of the metric in files.
        title: name of the metric for people.
        what: plural of what is looked for.
        threshold: see `mask_iou`.
    """
    note = f"intersection of {what} by their union; 1 is equal"
    return _adherence(
        AdherenceMetric(name, title, note), what, mask_iou, None, threshold
    )


def _adherence(
    metric: AdherenceMetric,
    what: str,
    measure: Callable[[np.ndarray, np.ndarray, int], float | None],
    look: Callable[[np.ndarray], np.ndarray] | None,
    threshold: int,
) -> Adherence:
    def compare(found: Seen, real: Seen) -> dict[str, float]:
        # A detector that found nothing has found an empty picture.
        if found is None and real is None:
            return {}
        found = np.zeros_like(real) if found is None else found
        real = np.zeros_like(found) if real is None else real
        assert found is not None and real is not None
        value = measure(found, real, threshold)
        return {} if value is None else {metric.name: value}

    return Adherence(what, (metric,), compare, mirrored_picture, look)


def _pixels(
    found: np.ndarray, real: np.ndarray, threshold: int
) -> tuple[np.ndarray, np.ndarray]:
    if found.shape != real.shape:
        raise InputError(
            f"expected two pictures of one size [H, W], got {list(found.shape)} and "
            f"{list(real.shape)}: resize the frames before anything is looked for"
        )
    return found >= threshold, real >= threshold


def _distances(lines: np.ndarray) -> np.ndarray:
    """Returns how far each pixel is from the nearest one of bool [H, W], pixels."""
    away = (~lines).astype(np.uint8)
    return cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
