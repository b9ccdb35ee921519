"""Compares the labels that a segmentation network reads with the true ones."""

from __future__ import annotations

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.metrics.checks import check_shape


def confusion_matrix(
    label_maps: np.ndarray,
    predicted: np.ndarray,
    num_labels: int,
    ignored: int | None = None,
) -> np.ndarray:
    """Counts pixels by true and predicted label.

    Args:
        label_maps: integers [..., H, W] in 0 .. num_labels - 1, what is true.
        predicted: integers of the same shape and range.
        num_labels: L.
        ignored: id of pixels without a label, which are not counted where either map
            has it; None for none.

    Returns:
        int64 [L, L], rows are true labels. Matrices of several clips may be added.

    Raises:
        InputError: other shapes, or a label out of range.
    """
    check_shape("predicted", predicted, np.shape(label_maps))
    label_maps, predicted = np.asarray(label_maps), np.asarray(predicted)
    if ignored is not None:
        counted = (label_maps != ignored) & (predicted != ignored)
        label_maps, predicted = label_maps[counted], predicted[counted]
        if not counted.any():
            return np.zeros((num_labels, num_labels), np.int64)
    for name, labels in (("label_maps", label_maps), ("predicted", predicted)):
        kind = np.asarray(labels).dtype.kind
        if kind not in "iu" or np.size(labels) == 0:
            raise InputError(f"{name}: expected integers, one a pixel or more")
        low, high = int(np.min(labels)), int(np.max(labels))
        if low < 0 or high >= num_labels:
            raise InputError(
                f"{name}: expected labels 0 .. {num_labels - 1}, got {low} .. {high}"
            )
    true = np.asarray(label_maps, np.int64).reshape(-1)
    pairs = true * num_labels + np.asarray(predicted, np.int64).reshape(-1)
    counts = np.bincount(pairs, minlength=num_labels**2)
    return counts.reshape(num_labels, num_labels)


def intersection_over_union(confusion: np.ndarray) -> np.ndarray:
    """Returns, per label, correct pixels / pixels that are it or are taken for it.

    Args:
        confusion: [L, L], from `confusion_matrix`.

    Returns:
        float64 [L] in [0, 1]; NaN for labels that neither occur nor are predicted.
    """
    confusion = np.asarray(confusion, np.float64)
    correct = np.diag(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - correct
    unseen = np.full(len(union), np.nan)
    return np.divide(correct, union, out=unseen, where=union > 0)


def mean_iou(confusion: np.ndarray) -> float:
    """Returns the mean of `intersection_over_union` over labels that have one.

    Raises:
        InputError: no pixel was counted.
    """
    values = intersection_over_union(confusion)
    if np.isnan(values).all():
        raise InputError("mean_iou: expected one pixel or more, got none")
    return float(np.nanmean(values))
