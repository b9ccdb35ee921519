"""Finds bodies by MediaPipe's networks: a detector, then 33 points and a mask of each.

The networks come with the package mediapipe (https://pypi.org/project/mediapipe, Apache
2.0); its files are read, and none of its code is run.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from v2v_tf.detection.anchors import grid, intersection_by_union, read_boxes
from v2v_tf.detection.detector import Box
from v2v_tf.detection.mediapipe import packaged
from v2v_tf.detection.regions import Region

NUM_POINTS = 33
_PEOPLE = packaged(
    "pose_detection/pose_detection.tflite",
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
)
_BODY = packaged(
    "pose_landmark/pose_landmark_full.tflite",
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
)
# Cells on a side and anchors in each level of the detector.
_LEVELS = ((28, 2), (14, 2), (7, 6))
# The body is read from a square this much larger than the circle around it.
_SCALE = 1.25
_CENTER, _EDGE = 33, 34  # of that circle, after the 33 points
_SAME_PERSON = 0.5


@dataclass(frozen=True)
class Body:
    """Holds one body.

    Attributes:
        points: float64 [33, 3], x and y in pixels of the frame, and confidence, 0 .. 1.
        score: confidence that it is a body, 0 .. 1.
        region: square of the frame that it was read from.
        mask: float32 [h, w] of that square, above 0 where the body is.
    """

    points: np.ndarray
    score: float
    region: Region
    mask: np.ndarray

    @property
    def box(self) -> Box:
        """Returns the box around the points, pixels of the frame."""
        left, top = self.points[:, :2].min(axis=0)
        right, bottom = self.points[:, :2].max(axis=0)
        return float(left), float(top), float(right), float(bottom)


class BodyFinder:
    """Finds every body in a frame.

    Args:
        network: folder of the files; None for the installed package.
        threshold: least confidence, 0 .. 1.

    Attributes:
        files: its files.

    Raises:
        InputError: a file is missing, or another.
    """

    def __init__(self, network: str | None, threshold: float) -> None:
        from v2v_tf.detection.tflite import TFLiteNetwork

        self.files = (_PEOPLE.find(network), _BODY.find(network))
        self._people = TFLiteNetwork(self.files[0].path, outputs=2)
        self._body = TFLiteNetwork(self.files[1].path, outputs=5)
        self._anchors = grid(_LEVELS)
        self._threshold = threshold

    def find(self, frame: np.ndarray, before: Iterable[Region] = ()) -> list[Body]:
        """Returns every body, the most confident first.

        Args:
            frame: uint8 [H, W, 3], RGB.
            before: where bodies were in the frame before; they are looked for there,
                and everywhere.
        """
        found: list[Body] = []
        for region in (*before, *self._regions(frame)):
            body = self._read(frame, region)
            if body is None:
                continue
            boxes = np.array([one.box for one in found]).reshape(-1, 4)
            others = intersection_by_union(np.array(body.box), boxes)
            if not (others > _SAME_PERSON).any():
                found.append(body)
        return sorted(found, key=lambda one: -one.score)

    def _regions(self, frame: np.ndarray) -> list[Region]:
        whole = Region.whole(frame)
        values, logits = self._people(whole.cut(frame, self._people.size) / 127.5 - 1)
        boxes = read_boxes(
            values, logits[:, 0], self._anchors, self._people.size[0], self._threshold
        )
        return [circle(*whole.to_frame(one.points[:2])) for one in boxes]

    def _read(self, frame: np.ndarray, region: Region) -> Body | None:
        """Reads a body twice: the first time says where it is exactly."""
        for _ in range(2):
            read_from = region
            picture = region.cut(frame, self._body.size) / 255.0
            values, score, mask = self._body(picture)[:3]
            if float(score.ravel()[0]) < self._threshold:
                return None
            rows = values.reshape(-1, 5).astype(np.float64)
            places = region.to_frame(rows[:, :2] / self._body.size[0])
            region = circle(places[_CENTER], places[_EDGE])
        seen = 1.0 / (1.0 + np.exp(-np.clip(rows[:, 3:4], -50, 50)))
        points = np.concatenate([places, seen], axis=1)[:NUM_POINTS]
        return Body(points, float(score.ravel()[0]), read_from, mask[..., 0])


def circle(center: np.ndarray, edge: np.ndarray) -> Region:
    """Returns the square around a circle, turned so that its edge point is on top.

    Args:
        center: float [2], pixels of the frame.
        edge: float [2], a point of the circle.
    """
    x, y = edge - center
    radius = float(np.hypot(x, y))
    return Region(
        (float(center[0]), float(center[1])),
        2 * radius * _SCALE,
        float(np.arctan2(x, -y)),
    )
