"""Defines the task `face`: 68 landmarks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.tasks.face.config import FaceConfig
from v2v_tf.tasks.face.landmarks import LANDMARK_SUFFIXES, read_landmarks
from v2v_tf.tasks.plausibility import (
    EMPTY,
    OUTSIDE,
    REACH,
    PointShare,
    empty_rule,
    outside_rule,
    reach_rule,
)
from v2v_tf.tasks.rules import ClipRule
from v2v_tf.tasks.task import FileKind, Task

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.adherence import Adherence
    from v2v_tf.tasks.base import DrawnFrame
    from v2v_tf.tasks.face.conditioning import FaceConditioning
    from v2v_tf.tasks.face.points import FacePoints

_PUBLISHED_CHANNELS = (1, 15)


class FaceTask(Task):
    """Conditions on an edge plane of the landmarks, and 14 planes of distances."""

    name = "face"
    config_class = FaceConfig
    default_preset = "face_512"
    plane_counts = (1, 32)
    has_style_regions = True
    scalars = (EMPTY, OUTSIDE, REACH)

    def conditioning(self, config: Config) -> FaceConditioning:
        """See base class; the map of parts is kept where styles need it."""
        from v2v_tf.tasks.face.conditioning import FaceConditioning

        block, use_parts = config.conditioning.face, config.style.num_features > 0
        return FaceConditioning(block, config.data.resize, use_parts)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class."""
        return (
            FileKind("keypoints", "landmarks", read_landmarks, LANDMARK_SUFFIXES),
            FileKind("img"),
        )

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: the edge plane, white on black."""
        return np.repeat(planes[..., :1], 3, axis=-1)

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: a face is drawn, and its landmarks lie in the picture."""
        del config
        advice = "the face leaves the crop around where the clip began, or is tiny"
        return (empty_rule(advice), outside_rule(), reach_rule())

    def statistics(self, config: Config) -> PointShare:
        """See base class; edges of the background are no face, so parts count."""
        return PointShare(_shows_face, self.points(), config)

    def points(self) -> FacePoints:
        """See base class."""
        from v2v_tf.tasks.face.points import FacePoints

        return FacePoints()

    def adherence(self, config: Config) -> Adherence:
        """See base class."""
        from v2v_tf.tasks.face.adherence import ADHERENCE

        return ADHERENCE

    def from_published(self, options: Any) -> FaceConfig | None:
        """See base class: 15 channels, or 1 where `dataset_mode` says face."""
        channels, is_named = options.source_channels, options.dataset_mode == self.name
        is_other = options.dataset_mode == "pose"
        if options.label_nc or is_other or channels not in _PUBLISHED_CHANNELS:
            return None
        if channels == 1 and not is_named:
            return None
        return FaceConfig(
            background_edges=not options.no_canny_edge,
            distance_maps=not options.no_dist_map and options.input_nc != 1,
        )


def _shows_face(drawn: DrawnFrame) -> np.ndarray:
    assert drawn.instances is not None
    return drawn.instances > 0


TASK = FaceTask()
