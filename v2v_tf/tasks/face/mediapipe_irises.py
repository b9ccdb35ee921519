"""Reads irises by MediaPipe's network of eyes."""

from __future__ import annotations

import numpy as np

from v2v_tf.detection.mediapipe import packaged
from v2v_tf.detection.regions import Region
from v2v_tf.tasks.face.irises import CORNERS

_IRISES = packaged(
    "iris_landmark/iris_landmark.tflite",
    "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
)
# An eye is read from a square this much wider than it.
_SCALE = 2.3
_POINTS = 5  # the middle, and four around


class IrisNetwork:
    """Reads where the irises of a known face are.

    Args:
        network: folder of the file; None for the installed package.

    Attributes:
        file: its file.

    Raises:
        InputError: the file is missing, or another.
    """

    def __init__(self, network: str | None = None) -> None:
        from v2v_tf.detection.tflite import TFLiteNetwork

        self.file = _IRISES.find(network)
        self._network = TFLiteNetwork(self.file.path, outputs=2)

    def read(self, frame: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
        """Returns the middles of both irises, float64 [2, 2], pixels.

        Args:
            frame: uint8 [H, W, 3], RGB.
            landmarks: float [68, 2], pixels.
        """
        # It knows right eyes; a left one is mirrored.
        places = [
            self._middle(frame, landmarks[list(corners)], is_left)
            for corners, is_left in zip(CORNERS, (False, True), strict=True)
        ]
        return np.stack(places)

    def _middle(
        self, frame: np.ndarray, corners: np.ndarray, mirrored: bool
    ) -> np.ndarray:
        region = Region.around(corners, (corners[0], corners[1]), _SCALE)
        picture = region.cut(frame, self._network.size)
        if mirrored:
            picture = picture[:, ::-1]
        _, values = self._network(picture / 255.0)
        share = values.reshape(_POINTS, 3)[:1, :2] / self._network.size[0]
        if mirrored:
            share = share * (-1, 1) + (1, 0)
        return region.to_frame(share)[0]
