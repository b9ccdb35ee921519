"""Finds faces by MediaPipe's networks: a detector, then a mesh of 468 vertices.

The networks come with the package mediapipe (https://pypi.org/project/mediapipe, Apache
2.0); its files are read, and none of its code is run.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2v_tf.detection.anchors import grid, intersection_by_union, read_boxes
from v2v_tf.detection.detector import Box, Detection, Detector
from v2v_tf.detection.model_files import Licences, ModelFile, PackagedModel
from v2v_tf.detection.regions import Region
from v2v_tf.tasks.face.mesh import NUM_VERTICES, to_landmarks

_LICENCES = Licences(
    code="Apache-2.0",
    weights="Apache-2.0",
    training_data="not published with the package",
)
_FACES = PackagedModel(
    "mediapipe",
    "0.10.9",
    "mediapipe/modules/face_detection/face_detection_short_range.tflite",
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
    _LICENCES,
)
_MESH = PackagedModel(
    "mediapipe",
    "0.10.9",
    "mediapipe/modules/face_landmark/face_landmark.tflite",
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
    _LICENCES,
)
# Cells on a side and anchors in each of the two levels of the detector.
_LEVELS = ((16, 2), (8, 6))
# The mesh is read from a square this much larger than the face.
_SCALE = 1.5
_RIGHT_EYE, _LEFT_EYE = 33, 263  # outer corners, in the mesh
_SAME_FACE = 0.3


class MediaPipeFaces(Detector):
    """Finds the 68 landmarks of every face, see `mesh`."""

    name = "mediapipe-face"
    task = "face"

    def __init__(self, network: str | None = None) -> None:
        from v2v_tf.detection.tflite import TFLiteNetwork

        self._files = (_FACES.find(network), _MESH.find(network))
        self._faces = TFLiteNetwork(self._files[0].path, outputs=2)
        self._mesh = TFLiteNetwork(self._files[1].path, outputs=2)
        self._anchors = grid(_LEVELS)

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        return self._files

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class; a face is looked for where one was, and everywhere."""
        found: list[Detection] = []
        for region in self._regions(frame, before):
            detection = self._read_mesh(frame, region)
            if detection is not None and not _is_among(detection.box, found):
                found.append(detection)
        return sorted(found, key=lambda one: -one.score)

    def _regions(self, frame: np.ndarray, before: Sequence[Detection]) -> list[Region]:
        # A face that was there before is read again where it was: the detector of faces
        # misses those that turn away.
        regions = [_region_of(one.value) for one in before]
        whole = Region.whole(frame)
        picture = whole.cut(frame, self._faces.size) / 127.5 - 1.0
        values, logits = self._faces(picture)
        for one in read_boxes(
            values, logits[:, 0], self._anchors, self._faces.size[0], self.threshold
        ):
            corners = whole.to_frame(one.box.reshape(2, 2))
            eyes = whole.to_frame(one.points[:2])
            regions.append(Region.around(corners, (eyes[0], eyes[1]), _SCALE))
        return regions

    def _read_mesh(self, frame: np.ndarray, region: Region) -> Detection | None:
        """Reads the mesh twice: the first one says where the face is exactly."""
        for _ in range(2):
            values, logit = self._mesh(region.cut(frame, self._mesh.size) / 255.0)
            score = float(1.0 / (1.0 + np.exp(-np.clip(logit.ravel()[0], -50, 50))))
            if score < self.threshold:
                return None
            vertices = values.reshape(NUM_VERTICES, 3)[:, :2] / self._mesh.size[0]
            mesh = region.to_frame(vertices)
            region = Region.around(mesh, (mesh[_RIGHT_EYE], mesh[_LEFT_EYE]), _SCALE)
        landmarks = to_landmarks(mesh).astype(np.float32)
        return Detection(_box_of(mesh), score, landmarks)


def _region_of(landmarks: np.ndarray) -> Region:
    # Landmarks end at the brows and the mesh at the hair.
    return Region.around(landmarks, (landmarks[36], landmarks[45]), _SCALE * 1.15)


def _box_of(points: np.ndarray) -> Box:
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _is_among(box: Box, found: Sequence[Detection]) -> bool:
    others = np.array([one.box for one in found]).reshape(-1, 4)
    return bool((intersection_by_union(np.array(box), others) > _SAME_FACE).any())
