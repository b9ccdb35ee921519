"""Fills, drops or keeps what is missing in a clip, as the user says."""

from __future__ import annotations

from typing import Literal

import numpy as np

from v2v_tf.apps.retargeting.clips import PointClip
from v2v_tf.errors import InputError
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.points_over_time import fill_gaps, is_detected

Missing = Literal["fill", "drop", "keep"]
_NAMES_SHOWN = 5


def complete(
    source: PointClip,
    reference: PointClip,
    form: PointFormat,
    missing: Missing,
    max_gap: int,
) -> tuple[np.ndarray, list[int], int]:
    """Fills or drops what is missing.

    Args:
        source: the clip.
        reference: says which points must be there, see `PointFormat.needed`.
        form: format of the points, from their task.
        missing: `fill` points from the frames around, `drop` frames that lack one, or
            `keep` all as it is.
        max_gap: longest gap in frames that is filled, see `fill_gaps`.

    Returns:
        Points [T, N, C], the indices of the frames that are left, and how many of
        these still lack a point.

    Raises:
        InputError: every frame would be dropped, or a face is missing that must be
            there.
    """
    points = source.points
    if missing == "fill":
        points = fill_gaps(points, max_gap)
    lacking = ~is_detected(points)[:, form.needed(reference.points)].all(axis=1)
    kept = np.arange(len(points))
    if missing == "drop":
        kept = np.flatnonzero(~lacking)
        if not kept.size:
            raise InputError(
                f"{source.path}: every frame lacks a point that the reference always "
                "shows, so that none is left: use --missing fill or keep"
            )
    elif form.must_be_complete and lacking.any():
        names = [source.stems[index] for index in np.flatnonzero(lacking)]
        shown = ", ".join(names[:_NAMES_SHOWN])
        raise InputError(
            f"{source.path}: landmarks are missing in {len(names)} frames ({shown}), "
            "and no face is drawn without: use --missing drop, or fill with a larger "
            "--max-gap"
        )
    return points[kept], kept.tolist(), int(lacking[kept].sum())
