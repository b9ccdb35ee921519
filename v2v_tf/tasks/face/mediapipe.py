"""Finds faces by MediaPipe's networks: a detector, then a mesh of 468 vertices.

The networks come with the package mediapipe (https://pypi.org/project/mediapipe, Apache
2.0); its files are read, and none of its code is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from v2v_tf.detection.anchors import grid, intersection_by_union, read_boxes
from v2v_tf.detection.detector import Box, Detection, Detector, DetectorOptions
from v2v_tf.detection.mediapipe import packaged
from v2v_tf.detection.model_files import ModelFile
from v2v_tf.detection.regions import Region
from v2v_tf.tasks.face.curves import NUM_LANDMARKS
from v2v_tf.tasks.face.mediapipe_irises import IrisNetwork
from v2v_tf.tasks.face.mesh import NUM_VERTICES, to_landmarks

_FACES = packaged(
    "face_detection/face_detection_short_range.tflite",
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8",
)
_MESH = packaged(
    "face_landmark/face_landmark.tflite",
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814",
)
# Cells on a side and anchors in each of the two levels of the detector.
_LEVELS = ((16, 2), (8, 6))
# The mesh is read from a square this much larger than the face.
_SCALE = 1.5
_RIGHT_EYE, _LEFT_EYE = 33, 263  # outer corners, in the mesh
_SAME_FACE = 0.3


@dataclass(frozen=True)
class Face:
    """Holds one face that was read.

    Attributes:
        landmarks: float64 [68, 2], pixels of the frame.
        box: box around the whole mesh, pixels.
        score: confidence that it is a face, 0 .. 1.
    """

    landmarks: np.ndarray
    box: Box
    score: float


class FaceMesh:
    """Reads the landmarks of a face where one is known to be.

    Args:
        network: folder of the file; None for the installed package.
        threshold: least confidence, 0 .. 1.

    Attributes:
        file: its file.

    Raises:
        InputError: the file is missing, or another.
    """

    def __init__(self, network: str | None = None, threshold: float = 0.5) -> None:
        from v2v_tf.detection.tflite import TFLiteNetwork

        self.file = _MESH.find(network)
        self._network = TFLiteNetwork(self.file.path, outputs=2)
        self._threshold = threshold

    def read(self, frame: np.ndarray, region: Region) -> Face | None:
        """Reads the mesh twice: the first time says where the face is exactly.

        Args:
            frame: uint8 [H, W, 3], RGB.
            region: where the face is, half as large again.

        Returns:
            The face; None where there is none.
        """
        for _ in range(2):
            values, logit = self._network(region.cut(frame, self._network.size) / 255.0)
            score = float(1.0 / (1.0 + np.exp(-np.clip(logit.ravel()[0], -50, 50))))
            if score < self._threshold:
                return None
            shares = values.reshape(NUM_VERTICES, 3)[:, :2] / self._network.size[0]
            mesh = region.to_frame(shares)
            region = Region.around(mesh, (mesh[_RIGHT_EYE], mesh[_LEFT_EYE]), _SCALE)
        return Face(to_landmarks(mesh), _box_of(mesh), score)


class MediaPipeFaces(Detector):
    """Finds the 68 landmarks of every face, see `mesh`; and irises where wanted."""

    name = "mediapipe-face"
    task = "face"

    def __init__(self, options: DetectorOptions | None = None) -> None:
        from v2v_tf.detection.tflite import TFLiteNetwork

        options = options or DetectorOptions()
        network, config = options.network, options.config
        wants_irises = config is not None and config.conditioning.face.irises
        self._irises = IrisNetwork(network) if wants_irises else None
        self._file = _FACES.find(network)
        self._faces = TFLiteNetwork(self._file.path, outputs=2)
        self._mesh = FaceMesh(network)
        self._anchors = grid(_LEVELS)

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        irises = () if self._irises is None else (self._irises.file,)
        return (self._file, self._mesh.file, *irises)

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class; a face is looked for where one was, and everywhere."""
        found: list[Detection] = []
        for region in self._regions(frame, before):
            face = self._mesh.read(frame, region)
            if face is not None and not _is_among(face.box, found):
                landmarks = self._with_irises(frame, face.landmarks)
                found.append(
                    Detection(face.box, face.score, landmarks.astype(np.float32))
                )
        return sorted(found, key=lambda one: -one.score)

    def _with_irises(self, frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        if self._irises is None:
            return landmarks
        return np.concatenate([landmarks, self._irises.read(frame, landmarks)])

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


def _region_of(landmarks: np.ndarray) -> Region:
    # Landmarks end at the brows and the mesh at the hair.
    landmarks = landmarks[:NUM_LANDMARKS]
    return Region.around(landmarks, (landmarks[36], landmarks[45]), _SCALE * 1.15)


def _box_of(points: np.ndarray) -> Box:
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _is_among(box: Box, found: Sequence[Detection]) -> bool:
    others = np.array([one.box for one in found]).reshape(-1, 4)
    return bool((intersection_by_union(np.array(box), others) > _SAME_FACE).any())
