"""Defines what tasks on edge maps share: one plane of grey levels, files and pictures.

An edge map says of each pixel how sure it lies on an edge, 0 (not) to 255 (surely).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from v2v_tf.config import Config
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.tasks.files import read_grey
from v2v_tf.tasks.found_pictures import PictureFormat
from v2v_tf.tasks.plausibility import EMPTY, DrawnShare
from v2v_tf.tasks.task import FileKind, Task

FIELD = "edge_map"


class EdgeMapTask(Task):
    """Describes a task whose condition is an edge map.

    Attributes:
        map_folder: folder of edge maps, without the phase.
        shown_above: grey level above which something is shown, 0 .. 254.
        maps_have_median: whether a median over time of its maps makes sense.

    Example:
        ```python
        >>> from v2v_tf.config import TASKS, load_config
        >>> config = load_config(None, ("task=softedge",))
        >>> TASKS.get("softedge").found_pictures(config).folder
        'softedge'

        ```
    """

    map_folder: ClassVar[str]
    shown_above: ClassVar[int] = 0
    maps_have_median: ClassVar[bool] = False
    scalars = (EMPTY,)

    def map_files(self, remedy: str) -> tuple[FileKind, ...]:
        """Returns the folders of edge maps and their frames.

        Args:
            remedy: advice where the edge maps are missing.
        """
        maps = FileKind(
            self.map_folder, FIELD, read_grey, other_folder="A", remedy=remedy
        )
        return (maps, FileKind("img", other_folder="B"))

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: white on black."""
        return np.repeat(planes, 3, axis=-1)

    def statistics(self, config: Config) -> DrawnShare:
        """See base class: frames that show (nearly) no edge."""
        return DrawnShare(self.is_shown)

    def is_shown(self, drawn: DrawnFrame) -> np.ndarray:
        """Returns where edges are shown, bool [H, W].

        Args:
            drawn: a frame with its plane.
        """
        return drawn.planes[..., 0] > self.shown_above

    def found_pictures(self, config: Config) -> PictureFormat:
        """See base class: edge maps, as they were found."""
        return PictureFormat(
            self.map_folder,
            lambda edges: self.picture(edges[..., np.newaxis], config),
            can_smooth=self.maps_have_median,
        )
