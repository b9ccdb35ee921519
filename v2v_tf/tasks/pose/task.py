"""Defines the task `pose`: DensePose and OpenPose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.tasks.plausibility import (
    EMPTY,
    OUTSIDE,
    REACH,
    PointShare,
    empty_rule,
    outside_rule,
    reach_rule,
)
from v2v_tf.tasks.pose.config import PoseConfig
from v2v_tf.tasks.pose.openpose import read_openpose
from v2v_tf.tasks.rules import ClipRule
from v2v_tf.tasks.task import Check, FileKind, Task

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.adherence import Adherence
    from v2v_tf.tasks.pose.conditioning import PoseConditioning
    from v2v_tf.tasks.pose.points import PosePoints

_PART_STEP = 10  # spreads DensePose part indices 0 .. 24 over 0 .. 240


class PoseTask(Task):
    """Conditions on DensePose (U, V, part), then OpenPose in RGB, or on one of them."""

    name = "pose"
    config_class = PoseConfig
    default_preset = "pose_256"
    plane_counts = (1, 9)
    # Left and right of a person would change sides, and their colours would not.
    mirrored = False
    central_half = True
    finds_faces = True
    read_later = frozenset({"random_drop_prob", "remove_face_labels"})
    scalars = (EMPTY, OUTSIDE, REACH)

    def conditioning(self, config: Config) -> PoseConditioning:
        """See base class."""
        from v2v_tf.tasks.pose.conditioning import PoseConditioning

        return PoseConditioning(config.conditioning.pose, config.data.resize)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class."""
        pose, json_files = config.conditioning.pose, frozenset({".json"})
        densepose = FileKind("densepose", "densepose")
        openpose = FileKind("openpose", "openpose", read_openpose, json_files)
        kinds = ((pose.use_densepose, densepose), (pose.use_openpose, openpose))
        return (*(kind for used, kind in kinds if used), FileKind("img"))

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: OpenPose's strokes over DensePose.

        U, V and part index are red, green and blue, the index spread over the range.
        """
        if not config.conditioning.pose.use_densepose:
            return planes.copy()
        picture = planes[..., :3].copy()
        picture[..., 2] = np.minimum(picture[..., 2].astype(int) * _PART_STEP, 255)
        strokes = planes[..., 3:]
        if strokes.shape[-1]:
            drawn = strokes.any(axis=-1, keepdims=True)
            picture = np.where(drawn, strokes, picture)
        return picture

    def checks(self, config: Config) -> Iterator[Check]:
        """See base class."""
        pose = config.conditioning.pose
        yield (
            pose.use_densepose or pose.use_openpose,
            "conditioning.pose must use densepose, openpose or both",
        )

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: a person is drawn, and the points lie in the picture."""
        del config
        advice = "look at the files of points and of DensePose"
        return (empty_rule(advice), outside_rule(), reach_rule())

    def statistics(self, config: Config) -> PointShare:
        """See base class."""
        return PointShare(lambda drawn: drawn.planes.any(-1), self.points(), config)

    def points(self) -> PosePoints:
        """See base class."""
        from v2v_tf.tasks.pose.points import PosePoints

        return PosePoints()

    def adherence(self, config: Config) -> Adherence:
        """See base class."""
        from v2v_tf.tasks.pose.adherence import ADHERENCE

        return ADHERENCE

    def from_published(self, options: Any) -> PoseConfig | None:
        """See base class: 6 channels, or 3 where `dataset_mode` says pose."""
        channels, is_named = options.source_channels, options.dataset_mode == self.name
        is_other = options.dataset_mode == "face"
        if options.label_nc or is_other or channels not in (3, 6):
            return None
        if channels == 3 and not is_named:
            return None
        return PoseConfig(
            use_densepose=not options.openpose_only,
            use_openpose=not options.densepose_only,
            basic_point_only=options.basic_point_only,
            remove_face_labels=options.remove_face_labels,
            random_drop_prob=options.random_drop_prob,
        )


TASK = PoseTask()
