"""Options of DensePose and OpenPose.

Names of the options of NVIDIA/vid2vid are given in brackets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PoseConfig:
    """DensePose and OpenPose (method.md 2.5).

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
