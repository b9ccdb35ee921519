"""Defines the task `edges`: Canny edges of any frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from v2v_tf.tasks.edges.config import EdgesConfig
from v2v_tf.tasks.task import FileKind, Task

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.edges.conditioning import EdgesConditioning


class EdgesTask(Task):
    """Conditions on one plane, drawn from the frame alone: any video is a source."""

    name = "edges"
    config_class = EdgesConfig
    default_preset = "video_edges"
    draws_from_frames = True

    def conditioning(self, config: Config) -> EdgesConditioning:
        """See base class."""
        from v2v_tf.tasks.edges.conditioning import EdgesConditioning

        return EdgesConditioning(config.conditioning.edges, config.data.resize)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class: frames alone."""
        return (FileKind("img", other_folder="B"),)

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: white on black."""
        return np.repeat(planes, 3, axis=-1)


TASK = EdgesTask()
