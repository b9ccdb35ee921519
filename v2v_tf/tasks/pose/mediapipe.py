"""Finds people by MediaPipe's networks: a detector, then body, face and hands.

The networks come with the package mediapipe (https://pypi.org/project/mediapipe, Apache
2.0); its files are read, and none of its code is run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2v_tf.detection.anchors import grid, intersection_by_union, read_boxes
from v2v_tf.detection.detector import Detection, Detector, DetectorOptions
from v2v_tf.detection.mediapipe import packaged
from v2v_tf.detection.model_files import ModelFile
from v2v_tf.detection.regions import Region
from v2v_tf.tasks.face.mediapipe import FaceMesh
from v2v_tf.tasks.pose import blazepose, people
from v2v_tf.tasks.pose.hands import HandNetwork, region_of_hand

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
_RIGHT_EYE, _LEFT_EYE = 5, 2
_FACE_POINTS = slice(0, 11)
_FACE_SCALE = 2.2
# Wrist, knuckle of the index finger, knuckle of the little one: of left and right.
_HAND_POINTS = ((15, 19, 17), (16, 20, 18))
_EYES = slice(36, 42), slice(42, 48)


class MediaPipePeople(Detector):
    """Finds the 137 points of everybody, see `people`."""

    name = "mediapipe-pose"
    task = "pose"

    def __init__(self, options: DetectorOptions | None = None) -> None:
        from v2v_tf.detection.tflite import TFLiteNetwork

        network = (options or DetectorOptions()).network
        self._files = (_PEOPLE.find(network), _BODY.find(network))
        self._people = TFLiteNetwork(self._files[0].path, outputs=2)
        self._body = TFLiteNetwork(self._files[1].path, outputs=5)
        self._face = FaceMesh(network)
        self._hand = HandNetwork(network)
        self._anchors = grid(_LEVELS)

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        return (*self._files, self._face.file, self._hand.file)

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class; a person is looked for where one was, and everywhere."""
        found: list[Detection] = []
        for region in self._regions(frame, before):
            body = self._read_body(frame, region)
            if body is None:
                continue
            points, score = body
            box = _box_of(points)
            boxes = np.array([one.box for one in found]).reshape(-1, 4)
            if (intersection_by_union(np.array(box), boxes) > _SAME_PERSON).any():
                continue
            value = self._all_points(frame, points)
            found.append(Detection(box, score, value.astype(np.float32)))
        return sorted(found, key=lambda one: -one.score)

    def _regions(self, frame: np.ndarray, before: Sequence[Detection]) -> list[Region]:
        regions = [one for one in map(_region_of, before) if one is not None]
        whole = Region.whole(frame)
        values, logits = self._people(whole.cut(frame, self._people.size) / 127.5 - 1)
        for one in read_boxes(
            values, logits[:, 0], self._anchors, self._people.size[0], self.threshold
        ):
            center, edge = whole.to_frame(one.points[:2])
            regions.append(_circle(center, edge))
        return regions

    def _read_body(
        self, frame: np.ndarray, region: Region
    ) -> tuple[np.ndarray, float] | None:
        """Reads the body twice: the first time says where it is exactly.

        Returns:
            float64 [33, 3], and the confidence that it is one; None where it is none.
        """
        for _ in range(2):
            values, score = self._body(region.cut(frame, self._body.size) / 255.0)[:2]
            if float(score.ravel()[0]) < self.threshold:
                return None
            rows = values.reshape(-1, 5).astype(np.float64)
            places = region.to_frame(rows[:, :2] / self._body.size[0])
            region = _circle(places[_CENTER], places[_EDGE])
        seen = 1.0 / (1.0 + np.exp(-np.clip(rows[:, 3:4], -50, 50)))
        points = np.concatenate([places, seen], axis=1)[: blazepose.NUM_POINTS]
        return points, float(score.ravel()[0])

    def _all_points(self, frame: np.ndarray, body: np.ndarray) -> np.ndarray:
        """Returns body, face and hands, [137, 3]; NaN where a point is missing."""
        points = np.zeros((people.NUM_POINTS, 3))
        points[people.BODY] = blazepose.to_body_25(body)
        face = self._face.read(frame, _region_of_face(body))
        if face is not None:
            landmarks, score = face.landmarks, face.score
            # Points 68 and 69 of OpenPose are the pupils.
            pupils = [landmarks[eye].mean(axis=0) for eye in _EYES]
            points[people.FACE, :2] = np.concatenate([landmarks, pupils])
            points[people.FACE, 2] = score
        for part, (wrist, index, little) in zip(
            people.HANDS, _HAND_POINTS, strict=True
        ):
            if body[wrist, 2] < self.threshold:
                continue
            hand = self._hand.read(
                frame, region_of_hand(body[wrist], body[index], body[little])
            )
            if hand is not None:
                points[part] = hand
        height, width = frame.shape[:2]
        inside = (points[:, :2] > 0) & (points[:, :2] < (width, height))
        points[~inside.all(axis=1) | (points[:, 2] < self.threshold)] = np.nan
        return points


def _circle(center: np.ndarray, edge: np.ndarray) -> Region:
    """Returns the square around a circle, turned so that its edge point is on top."""
    x, y = edge - center
    radius = float(np.hypot(x, y))
    return Region(
        (float(center[0]), float(center[1])),
        2 * radius * _SCALE,
        float(np.arctan2(x, -y)),
    )


def _region_of(before: Detection) -> Region | None:
    """Returns where a person who was found is looked for; None if too few points."""
    body = before.value[people.BODY].astype(np.float64)
    hips, neck = body[8, :2], body[1, :2]
    if not np.isfinite([hips, neck]).all():
        return None
    radius = np.nanmax(np.hypot(*(body[:, :2] - hips).T))
    up = (neck - hips) / max(float(np.hypot(*(neck - hips))), 1e-6)
    return _circle(hips, hips + up * radius * 1.1)


def _region_of_face(body: np.ndarray) -> Region:
    eyes = body[_RIGHT_EYE], body[_LEFT_EYE]
    return Region.around(body[_FACE_POINTS], eyes, _FACE_SCALE)


def _box_of(body: np.ndarray) -> tuple[float, float, float, float]:
    left, top = body[:, :2].min(axis=0)
    right, bottom = body[:, :2].max(axis=0)
    return float(left), float(top), float(right), float(bottom)
