"""Reads and fits the 68 landmarks of a face."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.face import curves
from v2v_tf.tasks.face.curves import NUM_LANDMARKS
from v2v_tf.tasks.face.fitting import fit_faces
from v2v_tf.tasks.face.irises import NUM_WITH_IRISES, carried, draw_irises
from v2v_tf.tasks.face.landmarks import LANDMARK_SUFFIXES
from v2v_tf.tasks.points import PointFormat, Size
from v2v_tf.tasks.points_over_time import is_detected

if TYPE_CHECKING:
    from v2v_tf.config import Config


class FacePoints(PointFormat):
    """Landmarks as float64 [68, 2]; [70, 2] with the irises, see `irises`."""

    field = "landmarks"
    folder = "keypoints"
    suffix = ".txt"
    suffixes = LANDMARK_SUFFIXES
    nobody = ""
    proportions = ("parts", "global")
    smoothing = 5  # landmarks tremble by a pixel
    must_be_complete = True
    margin = 0.4  # a face is closed above its landmarks

    def check(self, config: Config) -> None:
        """See base class: edges of a background fit no other points."""
        if config.conditioning.face.background_edges:
            raise InputError(
                "edges of the background come from pictures that fit the landmarks, "
                "which retargeted ones have not: use a model that was trained with "
                "conditioning.face.background_edges=false"
            )

    def points_of(
        self, values: Sequence[Any], size: Size, config: Config
    ) -> np.ndarray:
        """See base class."""
        if any(value is not None and np.isinf(value).any() for value in values):
            raise InputError(
                "landmarks: expected numbers or nan, got an infinite one",
                field=self.field,
            )
        count = NUM_WITH_IRISES if config.conditioning.face.irises else NUM_LANDMARKS
        nobody = np.full((count, 2), np.nan)
        found = [nobody if value is None else value[:count] for value in values]
        if any(len(value) < count for value in found):
            raise InputError(
                f"landmarks must be {count} points with the irises "
                "(conditioning.face.irises): annotate with them, or set it to false",
                field=self.field,
            )
        return np.stack(found)

    def value_of(self, everybody: Sequence[np.ndarray], config: Config) -> np.ndarray:
        """See base class: there is one face."""
        return everybody[0]

    def write(self, points: np.ndarray, config: Config) -> str:
        """See base class: to a hundredth of a pixel."""
        return "".join(f"{x:.2f},{y:.2f}\n" for x, y in points)

    def needed(self, reference: np.ndarray) -> np.ndarray:
        """See base class: every landmark."""
        return np.ones(reference.shape[1], bool)

    def fit(
        self, points: np.ndarray, reference: np.ndarray, proportions: str
    ) -> tuple[np.ndarray, float, str | None]:
        """See base class: part by part, or by one scale for all."""
        parts = proportions == "parts"
        faces, others = points[:, :NUM_LANDMARKS], reference[:, :NUM_LANDMARKS]
        fitted, scale = fit_faces(faces, others, parts=parts)
        if points.shape[1] == NUM_WITH_IRISES:
            fitted = np.concatenate([fitted, carried(points, fitted)], axis=1)
        return fitted, scale, None

    def draw(self, points: np.ndarray, size: Size) -> np.ndarray:
        """See base class: its curves, only of a face that is whole."""
        edges = np.zeros(size, np.uint8)
        if is_detected(points).all():
            contour = curves.close_contour(points[:NUM_LANDMARKS])
            for _, parts in curves.PARTS:
                for curve in parts:
                    edges |= curves.draw_curve(contour[list(curve)], size)
            if len(points) == NUM_WITH_IRISES:
                edges |= draw_irises(points, size)
        return np.repeat(edges[..., np.newaxis], 3, axis=-1)
