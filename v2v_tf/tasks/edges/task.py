"""Defines the task `edges`: Canny edges of any frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from v2v_tf.tasks.edges.config import EdgesConfig
from v2v_tf.tasks.plausibility import EMPTY, DrawnShare, empty_rule
from v2v_tf.tasks.rules import ClipRule
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
    scalars = (EMPTY,)

    def conditioning(self, config: Config) -> EdgesConditioning:
        """See base class."""
        from v2v_tf.tasks.edges.conditioning import EdgesConditioning

        return EdgesConditioning(config.conditioning.edges, config.data.resize)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class: frames alone."""
        return (FileKind("img", other_folder="B"),)

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: there are edges."""
        edges = config.conditioning.edges
        advice = (
            "no edges are found, lower conditioning.edges.high_threshold, which is "
            f"{edges.high_threshold:g}, and low_threshold"
        )
        return (empty_rule(advice),)

    def statistics(self, config: Config) -> DrawnShare:
        """See base class."""
        del config
        return DrawnShare(lambda drawn: drawn.planes[..., 0] > 0)

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: white on black."""
        return np.repeat(planes, 3, axis=-1)


TASK = EdgesTask()
