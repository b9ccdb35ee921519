"""Options of 68 landmarks.

Names of the options of NVIDIA/vid2vid are given in brackets.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FaceConfig:
    """68 landmarks (method.md 2.4).

    Attributes:
        background_edges: add Canny edges outside the face [not no_canny_edge].
        distance_maps: add one distance plane per curve [not no_dist_map].
    """

    background_edges: bool = True
    distance_maps: bool = True
