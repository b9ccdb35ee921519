"""Tells the shots of a video apart, so that no clip crosses a cut."""

from __future__ import annotations

import logging

import numpy as np

from v2v_tf.extras import needed

_MAX_SIDE = 256


class CutFinder:
    """Says of each frame whether a shot begins with it, from the one before it alone.

    The detector of content of PySceneDetect (https://www.scenedetect.com), with its
    own threshold.
    """

    def __init__(self) -> None:
        with needed("annotate"):
            from scenedetect.detectors import ContentDetector
        logging.getLogger("pyscenedetect").setLevel(logging.ERROR)
        self._detector = ContentDetector(min_scene_len=0)
        self._index = 0

    def begins_shot(self, frame: np.ndarray) -> bool:
        """Returns whether a frame shows something else than the one before.

        Args:
            frame: uint8 [H, W, 3], RGB; the first one begins no other shot.
        """
        step = max(1, max(frame.shape[:2]) // _MAX_SIDE)
        small = np.ascontiguousarray(frame[::step, ::step, ::-1])
        found = self._detector.process_frame(self._index, small)
        self._index += 1
        return bool(found)
