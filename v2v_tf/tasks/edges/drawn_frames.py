"""Tells drawings of edges from frames, whose edges would come out doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from v2v_tf.tasks.base import DrawnFrame, RawFrame
from v2v_tf.tasks.plausibility import DrawnShare

# Grey levels that compression and resizing may add to black, white or grey.
_NEAR = 24
_GROUND = 0.8
_LINES = 0.001


def is_drawing(frame: np.ndarray) -> bool:
    """Returns whether a frame looks like drawn edges: grey lines on black or white.

    Nearly all of it is without colour, 4 of 5 pixels are nearly black, or nearly white,
    and some pixels are far from that.

    Args:
        frame: uint8 [H, W, 3], RGB.

    Example:
        ```python
        >>> import numpy as np
        >>> page = np.full([8, 8, 3], 255, np.uint8)
        >>> page[3] = 20
        >>> is_drawing(page), is_drawing(page // 2)
        (True, False)

        ```
    """
    levels = frame.astype(np.int16)
    spread = levels.max(axis=-1) - levels.min(axis=-1)
    if (spread > _NEAR).mean() > _LINES:
        return False
    grey = levels.mean(axis=-1)
    for distance in (grey, 255 - grey):
        # Thin lines that were shrunk with their picture are grey.
        lines = (distance > 255 / 4).mean()
        if (distance <= _NEAR).mean() >= _GROUND and lines >= _LINES:
            return True
    return False


class DrawnFrameStatistics(DrawnShare):
    """Counts also the frames that look like drawn edges.

    Args:
        shown: function from a drawn frame to bool [H, W], where something is drawn.
    """

    def __init__(self, shown: Callable[[DrawnFrame], np.ndarray]) -> None:
        super().__init__(shown)
        self._drawn = 0
        self._all = 0

    def add_source(self, raw: RawFrame, size: tuple[int, int]) -> None:
        """See base class; thin lines vanish where frames are made small."""
        del size
        if raw.image is not None:
            self._all += 1
            self._drawn += is_drawing(raw.image)

    def counts(self) -> tuple[int, ...]:
        """See base class: frames that look like drawings, and all frames."""
        return self._drawn, self._all


def doubts_of_frames(num_drawn: int, num_frames: int) -> Iterator[str]:
    """Yields a sentence where most frames look like drawn edges.

    Args:
        num_drawn: frames that do.
        num_frames: all of them.
    """
    if 2 * num_drawn > num_frames:
        yield (
            f"{num_drawn} of {num_frames} frames look like drawn edges, grey lines on "
            "one ground, and edges of lines come out doubled: if they are edge maps, "
            "put them into train_edges, the real frames into train_img, and --set "
            "conditioning.edges.source=given"
        )
