"""Defines the options of DensePose and OpenPose.

Names of the options of NVIDIA/vid2vid are given in brackets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PoseConfig:
    """Configures the task `pose`: DensePose and OpenPose (method.md 2.5).

    Attributes:
        use_densepose: whether conditions have the three DensePose planes [not
            openpose_only].
        use_openpose: whether conditions have the three OpenPose planes [not
            densepose_only].
        basic_point_only: whether head limbs, hands and face are left out.
        remove_face_labels: whether training hides head parts and jitters face points;
            the face discriminator finds faces all the same.
        random_drop_prob: probability, 0 .. 1, that training leaves out a part, a limb,
            a hand or the face of a frame.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> options = ("task=pose", "conditioning.pose.random_drop_prob=0")
        >>> load_config(None, options).task_options.random_drop_prob
        0.0
        ```
    """

    use_densepose: bool = True
    use_openpose: bool = True
    basic_point_only: bool = False
    remove_face_labels: bool = False
    random_drop_prob: float = 0.05
