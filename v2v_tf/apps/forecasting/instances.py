"""Instances of a forecast frame, which has labels alone."""

from __future__ import annotations

import cv2
import numpy as np


def carry_instances(
    instances: np.ndarray,
    label_map: np.ndarray,
    next_label_map: np.ndarray,
    flow: np.ndarray,
) -> np.ndarray:
    """Gives the pixels of the next frame their instances.

    A pixel has the instance that it comes from by the flow, if that had its label;
    else that of the nearest pixel that has one of its label; a label that was not
    there has its own number for an id, as in Cityscapes.

    Args:
        instances: integers [H, W], of the last frame.
        label_map: uint8 [H, W], of the last frame.
        next_label_map: uint8 [H, W].
        flow: float32 [H, W, 2], pixels, (dx, dy), of the next frame to the last one.

    Returns:
        int32 [H, W].
    """
    rows, columns = nearest_sources(flow)
    ids = np.asarray(instances, np.int32)[rows, columns]
    fits = np.asarray(label_map)[rows, columns] == next_label_map
    carried = np.where(fits, ids, next_label_map.astype(np.int32))
    for label in np.unique(next_label_map[~fits]):
        here = next_label_map == label
        if (fits & here).any():
            carried = np.where(here, fill_nearest(ids, fits & here), carried)
    return carried


def fill_nearest(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Gives every pixel the value of the nearest one that is known.

    Args:
        values: [H, W].
        known: bool [H, W], one pixel or more.
    """
    # OpenCV numbers the pixels that are zero, and tells each the nearest one's number.
    _, nearest = cv2.distanceTransformWithLabels(
        (~known).astype(np.uint8),
        cv2.DIST_L2,
        cv2.DIST_MASK_5,
        labelType=cv2.DIST_LABEL_PIXEL,
    )
    of_number = np.zeros(nearest.max() + 1, values.dtype)
    of_number[nearest[known]] = values[known]
    return of_number[nearest]


def nearest_sources(flow: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns row and column of the pixel that each comes from, the border clamped.

    Args:
        flow: float [H, W, 2], pixels, (dx, dy), backward.
    """
    height, width = flow.shape[:2]
    y, x = np.mgrid[:height, :width]
    rows = np.clip(np.rint(y + flow[..., 1]), 0, height - 1).astype(np.int64)
    columns = np.clip(np.rint(x + flow[..., 0]), 0, width - 1).astype(np.int64)
    return rows, columns
