"""Names and colours the labels of a task whose planes are label maps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from v2v_tf.errors import InputError

Color = tuple[int, int, int]


@dataclass(frozen=True)
class Labels:
    """Describes label ids 0 .. N - 1 of plane 0; names are read when asked for.

    Attributes:
        num_labels: N.
        palette: name of the set of names and colours.
        find_names: function from a palette and N to N names; raises InputError for too
            few.
        find_colors: function from a palette to uint8 [M, 3], RGB, of all its ids.
        foreground: ids that the foreground branch of a generator draws.
        ignored: id in planes of pixels that nobody labelled, N; None where there are
            none. It has no name, is black, and is left out of what counts labels.
    """

    num_labels: int
    palette: str
    find_names: Callable[[str, int], tuple[str, ...]]
    find_colors: Callable[[str], np.ndarray]
    foreground: tuple[int, ...] = ()
    ignored: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Returns the N names.

        Raises:
            InputError: the palette has fewer labels.
        """
        return self.find_names(self.palette, self.num_labels)

    @property
    def colors(self) -> np.ndarray:
        """Returns the colours of the palette, uint8 [M, 3], RGB."""
        colors = self.find_colors(self.palette)
        if self.ignored is None:
            return colors
        return np.concatenate([colors[: self.ignored], np.zeros((1, 3), np.uint8)])

    def colorize(self, label_map: np.ndarray) -> np.ndarray:
        """Paints label ids.

        Args:
            label_map: integers [..., H, W], label ids.

        Returns:
            uint8 [..., H, W, 3], RGB.

        Raises:
            InputError: no integers, or an id without a colour.
        """
        return paint(label_map, self.colors, self.palette)


def paint(label_map: np.ndarray, colors: np.ndarray, palette: str) -> np.ndarray:
    """Paints label ids with the colours uint8 [N, 3] of a palette of that name."""
    label_map = np.asarray(label_map)
    if label_map.dtype.kind not in "iu" or label_map.ndim < 2:
        raise InputError(
            "label_map: expected integers [..., H, W], got "
            f"{label_map.dtype} {list(label_map.shape)}"
        )
    if label_map.size:
        for worst in (int(label_map.max()), int(label_map.min())):
            if not 0 <= worst < len(colors):
                raise InputError(
                    f"palette '{palette}' has ids 0 .. {len(colors) - 1}, got "
                    f"{worst}: set conditioning.street.palette to 'generic'"
                )
    return colors[label_map]
