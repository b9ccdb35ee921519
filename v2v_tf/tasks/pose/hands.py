"""Reads the 21 points of a hand by MediaPipe's network, where the body says one is."""

from __future__ import annotations

import numpy as np

from v2v_tf.detection.mediapipe import packaged
from v2v_tf.detection.regions import Region

_HAND = packaged(
    "hand_landmark/hand_landmark_full.tflite",
    "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3",
)
NUM_POINTS = 21
_WRIST, _MIDDLE_KNUCKLE = 0, 9
# Side of the square, by the distance from the wrist to the knuckles, and by the box
# around the points.
_FROM_WRIST = 4.5
_FROM_BOX = 2.0
_LEAST = 0.5
_SMALLEST = 4.0  # pixels from wrist to knuckles, below which there is nothing to see


class HandNetwork:
    """Reads hands; OpenPose counts their points as MediaPipe does.

    Args:
        network: folder of the file; None for the installed package.

    Attributes:
        file: its file.

    Raises:
        InputError: the file is missing, or another.
    """

    def __init__(self, network: str | None = None) -> None:
        from v2v_tf.detection.tflite import TFLiteNetwork

        self.file = _HAND.find(network)
        self._network = TFLiteNetwork(self.file.path, outputs=4)

    def read(self, frame: np.ndarray, region: Region | None) -> np.ndarray | None:
        """Returns the points of a hand.

        Args:
            frame: uint8 [H, W, 3], RGB.
            region: where it is looked for; None for nowhere.

        Returns:
            float64 [21, 3]: x, y, pixels, and the confidence that it is a hand; None
            where it is none.
        """
        if region is None:
            return None
        size = self._network.size
        for _ in range(2):
            values, presence = self._network(region.cut(frame, size) / 255.0)[:2]
            score = float(presence.ravel()[0])
            if score < _LEAST:
                return None
            shares = values.reshape(NUM_POINTS, 3)[:, :2].astype(np.float64) / size[0]
            points = region.to_frame(shares)
            up = points[_MIDDLE_KNUCKLE] - points[_WRIST]
            region = Region.around(points, (np.zeros(2), _right_of(up)), _FROM_BOX)
        return np.concatenate([points, np.full((NUM_POINTS, 1), score)], axis=1)


def region_of_hand(
    wrist: np.ndarray, index: np.ndarray, little: np.ndarray
) -> Region | None:
    """Returns where a hand is, by points of the body; None where it is too small.

    Args:
        wrist: x and y first, pixels.
        index: knuckle of the index finger.
        little: knuckle of the little finger.
    """
    knuckles = (index[:2] + little[:2]) / 2
    up = knuckles - wrist[:2]
    length = float(np.hypot(*up))
    if length < _SMALLEST:
        return None
    x, y = _right_of(up)
    return Region(
        (float(knuckles[0]), float(knuckles[1])),
        _FROM_WRIST * length,
        float(np.arctan2(y, x)),
    )


def _right_of(up: np.ndarray) -> np.ndarray:
    """Returns what points to the right where a direction points up."""
    return np.array([-up[1], up[0]])
