"""Computes metrics of optical flow."""

from __future__ import annotations

import numpy as np

from v2v_tf.metrics.checks import check_flow, check_mask


def end_point_error(
    flow: np.ndarray, reference: np.ndarray, mask: np.ndarray | None = None
) -> float:
    """Returns the mean distance between two flows.

    Args:
        flow: [..., H, W, 2], pixels, (dx, dy).
        reference: [..., H, W, 2], the same.
        mask: [..., H, W], booleans or 0 and 1: where to measure; None for all.

    Returns:
        Pixels; NaN where the mask is empty.

    Raises:
        InputError: a wrong shape or value.
    """
    check_flow("reference", reference, (*np.shape(reference)[:-1], 2))
    check_flow("flow", flow, np.shape(reference))
    distance = np.linalg.norm(np.subtract(flow, reference, dtype=np.float32), axis=-1)
    if mask is not None:
        distance = distance[check_mask("mask", mask, distance.shape)]
    return float(distance.mean(dtype=np.float64)) if distance.size else float("nan")


def zero_flow_error(reference: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Returns `end_point_error` of a flow of zeros: what knowing nothing scores."""
    return end_point_error(np.zeros_like(reference), reference, mask)
