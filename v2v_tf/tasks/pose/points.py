"""Reads and fits OpenPose's points of one person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.points import PointFormat, Size
from v2v_tf.tasks.points_over_time import is_detected
from v2v_tf.tasks.pose import people
from v2v_tf.tasks.pose.drawing import draw_openpose
from v2v_tf.tasks.pose.fitting import fit_limbs, place

if TYPE_CHECKING:
    from v2v_tf.config import Config


class PosePoints(PointFormat):
    """Reads, fits and draws 137 points with confidences, see `pose.people`."""

    field = "openpose"
    folder = "openpose"
    suffix = ".json"
    suffixes = frozenset({".json"})
    nobody = '{"version": 1.2, "people": []}'
    proportions = ("limbs", "global")
    smoothing = 1  # the beats of a dance are as short as a window
    must_be_complete = False
    margin = 0.1

    def check(self, config: Config) -> None:
        """See base class: DensePose cannot be fitted to other points."""
        pose = config.conditioning.pose
        if pose.use_densepose or not pose.use_openpose:
            raise InputError(
                "DensePose cannot be retargeted: use a model that was trained with "
                "conditioning.pose.use_densepose=false and use_openpose=true"
            )

    def points_of(
        self, values: Sequence[Any], size: Size, config: Config
    ) -> np.ndarray:
        """See base class; of several people one is followed."""
        basic = config.conditioning.pose.basic_point_only
        return people.follow([people.people_of(v, size, basic) for v in values])

    def everybody_of(
        self, values: Sequence[Any], size: Size, config: Config
    ) -> list[np.ndarray]:
        """See base class: everybody whom all frames show."""
        basic = config.conditioning.pose.basic_point_only
        frames = [people.people_of(value, size, basic) for value in values]
        return people.follow_all(frames)

    def value_of(
        self, everybody: Sequence[np.ndarray], config: Config
    ) -> dict[str, Any]:
        """See base class."""
        basic = config.conditioning.pose.basic_point_only
        return people.to_openpose(everybody, basic)

    def write(self, points: np.ndarray, config: Config) -> str:
        """See base class."""
        return json.dumps(self.value_of([points], config))

    def needed(self, reference: np.ndarray) -> np.ndarray:
        """See base class: body points that the reference shows in all frames."""
        needed = is_detected(reference).all(axis=0)
        needed[people.BODY.stop :] = False
        return needed

    def fit(
        self, points: np.ndarray, reference: np.ndarray, proportions: str
    ) -> tuple[np.ndarray, float, str | None]:
        """See base class: by the limbs' lengths, or by one scale for all."""
        placement = place(points, reference)
        if proportions == "limbs":
            fitted = fit_limbs(points, reference, placement)
        else:
            fitted = placement.apply(points)
        return fitted, placement.scale, placement.anchor

    def draw(self, points: np.ndarray, size: Size) -> np.ndarray:
        """See base class: the skeleton, as networks see it."""
        return draw_openpose(people.to_openpose([points], False), size)
