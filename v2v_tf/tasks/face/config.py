"""Defines the options of 68 landmarks.

Names of the options of NVIDIA/vid2vid are given in brackets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FaceConfig:
    """Configures the task `face`: 68 landmarks (method.md 2.4).

    Attributes:
        background_edges: whether Canny edges outside the face are added [not
            no_canny_edge].
        distance_maps: whether one distance plane per curve is added [not no_dist_map].
        irises: whether the middles of the irises are drawn too, which tell where a face
            looks: files then hold 70 points, the right and the left one last.

    Example:
        ```python
        >>> from v2v_tf import load_config
        >>> options = ("task=face", "conditioning.face.distance_maps=false")
        >>> load_config(None, options).task_options.distance_maps
        False
        ```
    """

    background_edges: bool = True
    distance_maps: bool = True
    irises: bool = False
