"""Signs that masks are not read as they were meant."""

from __future__ import annotations

from collections.abc import Iterator

from v2v_tf.tasks.base import DrawnFrame, RawFrame
from v2v_tf.tasks.plausibility import DrawnShare
from v2v_tf.tasks.silhouette.config import FIELD

# A person who stands near fills less of a picture than this.
_MOST_OF_IT = 0.85


class MaskStatistics(DrawnShare):
    """Counts frames whose masks are too dark to be seen, and those that show all.

    Args:
        threshold: least grey level of a pixel of the person.
    """

    def __init__(self, threshold: int) -> None:
        super().__init__(lambda drawn: drawn.planes[..., 0] > 0)
        self._threshold = threshold
        self._dark = self._full = self._frames = 0

    def add(self, drawn: DrawnFrame) -> None:
        """See base class."""
        super().add(drawn)
        self._full += int((drawn.planes[..., 0] > 127).mean() > _MOST_OF_IT)

    def add_source(self, raw: RawFrame, size: tuple[int, int]) -> None:
        """See base class."""
        del size
        self._frames += 1
        mask = raw.get(FIELD)
        if mask is not None:
            self._dark += int(0 < mask.max() < self._threshold)

    def counts(self) -> tuple[int, ...]:
        """See base class: dark masks, masks of nearly everything, all frames."""
        return self._dark, self._full, self._frames


def doubts_of_masks(
    num_dark: int, num_full: int, num_frames: int, threshold: int
) -> Iterator[str]:
    """Yields a sentence for each sign that masks are meant otherwise.

    Args:
        num_dark: frames whose mask has values, none of which reaches the threshold.
        num_full: frames whose mask shows nearly everything.
        num_frames: all of them.
        threshold: least grey level of a pixel of the person.
    """
    if 2 * num_dark > num_frames:
        yield (
            f"the masks of {num_dark} of {num_frames} frames are dark, below grey "
            f"level {threshold} everywhere, so they show nobody: if they hold 0 and 1, "
            "or ids, --set conditioning.silhouette.threshold=1"
        )
    if 2 * num_full > num_frames:
        yield (
            f"the masks of {num_full} of {num_frames} frames show nearly the whole "
            "picture: white stands for the person: invert them if they show the "
            "background"
        )
