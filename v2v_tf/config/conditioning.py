"""The part of the configuration that says what each task draws and encodes.

Names of the original's options are given in brackets (spec part 10).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class StreetConfig:
    """Label maps (spec 1.1, 5.2).

    Attributes:
        num_labels: number of label ids; ids are 0 .. num_labels - 1 [label_nc].
        use_instances: add the plane of instance edges [use_instance].
        foreground_labels: ids that the foreground branch draws [fg_labels].
        palette: names and colours of the labels: `cityscapes`, `toy`, or
            `generic` for any number of labels.
    """

    num_labels: int = 35
    use_instances: bool = True
    foreground_labels: tuple[int, ...] = (26,)
    palette: Literal["cityscapes", "toy", "generic"] = "cityscapes"


@dataclass(frozen=True)
class FaceConfig:
    """68 landmarks (spec 5.5).

    Attributes:
        background_edges: add Canny edges outside the face [not no_canny_edge].
        distance_maps: add one distance plane per curve [not no_dist_map].
    """

    background_edges: bool = True
    distance_maps: bool = True


@dataclass(frozen=True)
class PoseConfig:
    """DensePose and OpenPose (spec 5.6).

    Attributes:
        use_densepose: the three DensePose planes [not openpose_only].
        use_openpose: the three OpenPose planes [not densepose_only].
        basic_point_only: draw neither head limbs, hands nor face.
        remove_face_labels: in training, hide head parts and jitter face points; faces
            are judged all the same.
        random_drop_prob: in training, chance to drop a part, a limb, a hand or
            the face, per frame.
    """

    use_densepose: bool = True
    use_openpose: bool = True
    basic_point_only: bool = False
    remove_face_labels: bool = False
    random_drop_prob: float = 0.05


@dataclass(frozen=True)
class EdgesConfig:
    """Canny edges of any frame.

    Attributes:
        blur_sigma: standard deviation of the Gaussian blur before, in pixels.
        low_threshold: hysteresis threshold on the gradient, grey levels.
        high_threshold: the upper one.
    """

    blur_sigma: float = 1.0
    low_threshold: float = 60.0
    high_threshold: float = 120.0


@dataclass(frozen=True)
class ConditioningConfig:
    """One block per task; only the block of `Config.task` is read."""

    street: StreetConfig = field(default_factory=StreetConfig)
    face: FaceConfig = field(default_factory=FaceConfig)
    pose: PoseConfig = field(default_factory=PoseConfig)
    edges: EdgesConfig = field(default_factory=EdgesConfig)
