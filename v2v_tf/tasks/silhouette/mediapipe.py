"""Finds the silhouettes of people by MediaPipe's network of bodies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from v2v_tf.detection.bodies import Body, BodyFinder
from v2v_tf.detection.detector import Detection, Detector, DetectorOptions
from v2v_tf.detection.model_files import ModelFile
from v2v_tf.detection.regions import Region

# A body is looked for in a square this much larger than its mask was.
_SCALE = 1.25


class MediaPipeSilhouettes(Detector):
    """Finds the mask of everybody, 255 where the person is, else 0."""

    name = "mediapipe-silhouette"
    task = "silhouette"

    def __init__(self, options: DetectorOptions | None = None) -> None:
        network = (options or DetectorOptions()).network
        self._bodies = BodyFinder(network, self.threshold)

    def files(self) -> tuple[ModelFile, ...]:
        """See base class."""
        return self._bodies.files

    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """See base class; a person is looked for where one was, and everywhere."""
        found = []
        for body in self._bodies.find(frame, [_region_of(one) for one in before]):
            mask = _mask_of(body, (frame.shape[0], frame.shape[1]))
            if mask.any():
                found.append(Detection(body.box, body.score, mask))
        return found


def _mask_of(body: Body, size: tuple[int, int]) -> np.ndarray:
    """Returns where a body is in a frame, 255 or 0, uint8 [H, W]."""
    # Cut off before they are mapped: a border between -1000 and 10 would move.
    share = 1.0 / (1.0 + np.exp(-np.clip(body.mask, -20, 20)))
    inside = body.region.mask_to_frame(share.astype(np.float32), size)
    return np.where(inside > 0.5, 255, 0).astype(np.uint8)


def _region_of(before: Detection) -> Region:
    left, top, right, bottom = before.box
    middle = ((left + right) / 2, (top + bottom) / 2)
    return Region(middle, _SCALE * max(right - left, bottom - top))
