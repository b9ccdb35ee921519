"""Signs that conditions show nothing, or belong to other pictures.

They are scalars of clip records, with bounds outside of which a clip is trained on all
the same: `prepare` notes it, and data validation warns of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from v2v_tf.tasks.base import DrawnFrame, RawFrame
from v2v_tf.tasks.points import PointFormat, Size
from v2v_tf.tasks.rules import ClipRule, Scalar
from v2v_tf.tasks.statistics import ClipStatistics, Scalars

if TYPE_CHECKING:
    from v2v_tf.config import Config

# Share of the frames of a clip whose condition is (nearly) empty.
EMPTY = Scalar("empty_conditions", float, 0, 1, required=False)
# Share of the points of a clip that lie outside of the picture.
OUTSIDE = Scalar("points_outside", float, 0, 1, required=False)
# How far the points of a clip reach to the right or down, by the picture's own size.
REACH = Scalar("points_reach", float, -1, 1e6, required=False)
_HALF = 0.5
# Less is drawn of no face or person that a network could draw: 131 pixels of 512x512.
_NEARLY_EMPTY = 0.0005


def empty_rule(advice: str) -> ClipRule:
    """Returns the bound of `empty_conditions`, half of the frames.

    Args:
        advice: what to look at.
    """
    reason = "conditions that are (nearly) empty, in half of its frames or more"
    return ClipRule(EMPTY.name, f"{reason}: {advice}", below=_HALF)


def outside_rule() -> ClipRule:
    """Returns the bound of `points_outside`, half of the points."""
    return ClipRule(
        OUTSIDE.name,
        "points that lie outside of the picture, half of them or more: they are of "
        "other pictures, or of these at another resolution: bring x and y to the size "
        "of the frames",
        below=_HALF,
    )


def reach_rule() -> ClipRule:
    """Returns the bound of `points_reach`, the middle of the picture."""
    return ClipRule(
        REACH.name,
        "points that all lie in the upper left quarter of the picture: they may be of "
        "these pictures at another resolution: bring x and y to the size of the frames",
        above=_HALF,
    )


class DrawnShare(ClipStatistics):
    """Counts the frames of a clip whose condition shows (nearly) nothing.

    Args:
        shown: function from a drawn frame to bool [H, W], where something is drawn.
    """

    def __init__(self, shown: Callable[[DrawnFrame], np.ndarray]) -> None:
        self._shown = shown
        self._empty: list[bool] = []

    def add(self, drawn: DrawnFrame) -> None:
        """See base class."""
        self._empty.append(bool(self._shown(drawn).mean() < _NEARLY_EMPTY))

    def scalars(self) -> Scalars:
        """See base class."""
        return {EMPTY.name: float(np.mean(self._empty))} if self._empty else {}


class PointShare(DrawnShare):
    """Counts empty frames, and says where in the picture the points of a clip lie.

    Args:
        shown: function from a drawn frame to bool [H, W], where something is drawn.
        form: the points of the task.
        config: configuration whose task has points.
    """

    def __init__(
        self,
        shown: Callable[[DrawnFrame], np.ndarray],
        form: PointFormat,
        config: Config,
    ) -> None:
        super().__init__(shown)
        self._form = form
        self._config = config
        self._points = self._outside = 0
        self._reach = -1.0

    def add_source(self, raw: RawFrame, size: Size) -> None:
        """See base class."""
        value = raw.get(self._form.field)
        if value is None:
            return
        (points,) = self._form.points_of([value], size, self._config)
        found = points[np.isfinite(points[:, :2]).all(axis=1), :2]
        within = (found >= 0) & (found < size[::-1])
        self._points += len(found)
        self._outside += int((~within.all(axis=1)).sum())
        if len(found):
            self._reach = max(self._reach, float((found / size[::-1]).max()))

    def scalars(self) -> Scalars:
        """See base class."""
        if not self._points:
            return super().scalars()
        return {
            **super().scalars(),
            OUTSIDE.name: self._outside / self._points,
            REACH.name: self._reach,
        }
