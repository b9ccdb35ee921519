"""Says how pictures that a detector finds become the conditions of a task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

# A frame, uint8 [H, W, 3], RGB, and what was found in it, [H, W].
FrameAndPicture = tuple[np.ndarray, np.ndarray]


def _in(folder: str, shot: Iterable[FrameAndPicture]) -> Iterator[dict[str, Any]]:
    for _, picture in shot:
        yield {folder: picture}


@dataclass(frozen=True)
class PictureFormat:
    """Describes the pictures of one task, which are stored as PNG of one channel.

    Attributes:
        folder: folder of their files, without the phase.
        paint: function from a picture to uint8 [H, W, 3], RGB, for the eye.
        dtype: type of the pictures, uint8 or uint16.
        smoothing: frames of the median over time that is right for them, odd.
        can_smooth: whether a median makes sense; there is none between two ids.
        others: further folders, which `more` fills.
        more: function from the frames of a shot and their pictures, in order, to all
            pictures of each frame by folder; None where there is the one alone.

    Example:
        ```python
        >>> import numpy as np
        >>> form = PictureFormat("mask", lambda mask: np.repeat(mask[..., None], 3, -1))
        >>> frame, mask = np.zeros([4, 6, 3], np.uint8), np.ones([4, 6], np.uint8)
        >>> [list(files) for files in form.files_of_shot([(frame, mask)])]
        [['mask']]

        ```
    """

    folder: str
    paint: Callable[[np.ndarray], np.ndarray]
    dtype: type[np.unsignedinteger] = np.uint8
    smoothing: int = 1
    can_smooth: bool = False
    others: tuple[str, ...] = ()
    more: Callable[[Iterable[FrameAndPicture]], Iterator[dict[str, Any]]] | None = None

    def files_of_shot(
        self, shot: Iterable[FrameAndPicture]
    ) -> Iterator[dict[str, np.ndarray]]:
        """Yields the pictures of each frame of a shot, by the folder they go into.

        Args:
            shot: frames and what was found in them, in order.
        """
        return _in(self.folder, shot) if self.more is None else self.more(shot)
