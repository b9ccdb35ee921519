"""People who vanish for some frames: bridged where that is short.

`prepare`, `generate` and streams read points through this one rule.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from v2v_tf.config import Config
from v2v_tf.data.sources.base import EndOfSequenceError, SequenceReader, SourceFrame
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.points_over_time import fill_gaps
from v2v_tf.tasks.registry import points_read


class BridgedReader(SequenceReader):
    """Reads frames, and draws people who vanish for `data.max_gap` frames or less.

    Their points lie on the line between those before and after. Such frames are marked;
    in longer gaps, and at the ends of a sequence, frames come without points.

    Args:
        reader: of the sequence.
        num_frames: of the sequence.
        form: the points of the task.
        config: of the task.
    """

    def __init__(
        self, reader: SequenceReader, num_frames: int, form: PointFormat, config: Config
    ) -> None:
        self._reader = reader
        self._num_frames = num_frames
        self._form = form
        self._config = config

    def read(self, index: int) -> SourceFrame:
        """See base class."""
        frame = self._reader.read(index)
        if frame.raw.get(self._form.field) is not None:
            return frame
        value = self._between(index, frame)
        if value is None:
            return frame
        raw = frame.raw.with_values(**{self._form.field: value})
        return dataclasses.replace(frame, raw=raw, bridged=True)

    def _between(self, index: int, frame: SourceFrame) -> Any:
        """Returns the points of a frame by those around its gap; None if too long."""
        most = self._config.data.max_gap
        before = self._nearest(range(index - 1, max(index - most - 1, -1), -1))
        after = self._nearest(range(index + 1, min(index + most + 1, self._num_frames)))
        if before is None or after is None or after[0] - before[0] - 1 > most:
            return None
        size = frame.raw.size or (1 << 30, 1 << 30)
        ends = self._form.everybody_of([before[1], after[1]], size, self._config)
        place = (index - before[0], after[0] - before[0])
        drawn = [_between_ends(person, *place) for person in ends]
        return self._form.value_of(drawn, self._config)

    def _nearest(self, indices: range) -> tuple[int, Any] | None:
        for index in indices:
            try:
                value = self._reader.value(index, self._form.field)
            except EndOfSequenceError:
                break
            if value is not None:
                return index, value
        return None


def _between_ends(ends: np.ndarray, step: int, num_steps: int) -> np.ndarray:
    """Returns points `step` of `num_steps` after the first of two frames, [N, C].

    A point that one end alone shows is not guessed.

    Args:
        ends: [2, N, C].
        step: 1 .. num_steps - 1.
        num_steps: number of steps from one end to the other.
    """
    missing = np.full((num_steps - 1, *ends.shape[1:]), np.nan)
    filled = fill_gaps(np.concatenate([ends[:1], missing, ends[1:]]), num_steps - 1)
    both = np.isfinite(ends).all(axis=(0, 2))
    return np.where(both[:, np.newaxis], filled[step], np.nan)


def bridged(reader: SequenceReader, num_frames: int, config: Config) -> SequenceReader:
    """Returns a reader that bridges gaps, where the task has points to bridge.

    Args:
        reader: of a sequence.
        num_frames: of the sequence.
        config: of the task; `data.max_gap` frames at most are bridged.
    """
    form = points_read(config)
    if form is None:
        return reader
    return BridgedReader(reader, num_frames, form, config)
