"""Scalars of one clip that a task gathers while its frames are drawn."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from v2v_tf.tasks.base import DrawnFrame, RawFrame

Scalars = Mapping[str, int | float | tuple[float, ...]]


class ClipStatistics:
    """Gathers nothing: of a task without scalars of its own."""

    def add(self, drawn: DrawnFrame) -> None:
        """Counts the next frame."""

    def add_source(self, raw: RawFrame, size: tuple[int, int]) -> None:
        """Counts what the next frame was drawn from; comes after its `add`.

        Args:
            raw: the frame as the source gave it.
            size: (height, width) of its picture.
        """

    def scalars(self) -> Scalars:
        """Returns the scalars of the clip by the names of record features."""
        return {}

    def counts(self) -> tuple[int, ...]:
        """Returns numbers that add up over clips; empty where nobody asks.

        They are how often each value of plane 0 came, for tasks with labels: `prepare`
        writes their sum over all clips as `label_histogram` of the manifest. Their sum
        over the training clips goes to `Task.summarize`.
        """
        return ()


class ValueCounts(ClipStatistics):
    """Counts the values of plane 0.

    Args:
        size: values are 0 .. size - 1.
    """

    def __init__(self, size: int) -> None:
        self._counts = np.zeros(size, np.int64)

    def add(self, drawn: DrawnFrame) -> None:
        """See base class."""
        values = drawn.planes[..., 0].ravel()
        self._counts += np.bincount(values, minlength=self._counts.size)

    def counts(self) -> tuple[int, ...]:
        """See base class."""
        return tuple(self._counts.tolist())
