"""Finds people by MediaPipe's networks: a detector, then body, face and hands.

The networks come with the package mediapipe (https://pypi.org/project/mediapipe, Apache
2.0); its files are read, and none of its code is run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2v_tf.detection.bodies import BodyFinder, circle
from v2v_tf.detection.detector import Detection, Detector, DetectorOptions
from v2v_tf.detection.model_files import ModelFile
from v2v_tf.detection.regions import Region
from v2v_tf.tasks.face.mediapipe import FaceMesh
from v2v_tf.tasks.pose import blazepose, people
from v2v_tf.tasks.pose.hands import HandNetwork, region_of_hand

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
        network = (options or DetectorOptions()).network
        self._bodies = BodyFinder(network, self.threshold)
        self._face = FaceMesh(network)
        self._hand = HandNetwork(network)

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        return (*self._bodies.files, self._face.file, self._hand.file)

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class; a person is looked for where one was, and everywhere."""
        regions = [one for one in map(_region_of, before) if one is not None]
        return [
            Detection(
                body.box,
                body.score,
                self._all_points(frame, body.points).astype(np.float32),
            )
            for body in self._bodies.find(frame, regions)
        ]

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


def _region_of(before: Detection) -> Region | None:
    """Returns where a person who was found is looked for; None if too few points."""
    body = before.value[people.BODY].astype(np.float64)
    hips, neck = body[8, :2], body[1, :2]
    if not np.isfinite([hips, neck]).all():
        return None
    radius = np.nanmax(np.hypot(*(body[:, :2] - hips).T))
    up = (neck - hips) / max(float(np.hypot(*(neck - hips))), 1e-6)
    return circle(hips, hips + up * radius * 1.1)


def _region_of_face(body: np.ndarray) -> Region:
    eyes = body[_RIGHT_EYE], body[_LEFT_EYE]
    return Region.around(body[_FACE_POINTS], eyes, _FACE_SCALE)
