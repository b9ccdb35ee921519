"""A detector for tests: faces whose eyes are a red and a green dot.

What lies left in the picture is the right eye, as in a face; every other landmark lies
between both. It sees all things half a pixel too far right, so that it errs by one
pixel where it looks at a clip mirrored.
"""

from pathlib import Path

import numpy as np

from v2v_tf.detection.detector import Detection, Detector
from v2v_tf.detection.model_files import Licences, ModelFile
from v2v_tf.errors import InputError

LEAN = 0.5  # pixels


class Dots(Detector):
    """Finds a face for every row of dots."""

    name = "dots"
    task = "face"

    def __init__(self, options=None):
        if options is not None and options.network == "missing":
            raise InputError("--network missing: there is no such file")

    def detect(self, frame, before=()):
        levels = frame.astype(int)
        reds = np.argwhere(levels[..., 0] - levels[..., 2] > 100)
        greens = np.argwhere(levels[..., 1] - levels[..., 2] > 100)
        found = []
        for row in sorted({int(y) for y, _ in reds}):
            eyes = [x for y, x in (*reds, *greens) if y == row]
            if len(eyes) != 2:
                continue
            ends = np.array([(min(eyes), row), (max(eyes), row)]) + (LEAN, 0.0)
            points = np.repeat(ends.mean(axis=0, keepdims=True), 68, axis=0)
            points[36], points[45] = ends
            width = ends[1, 0] - ends[0, 0]
            box = (ends[0, 0], row - width / 4, ends[1, 0], row + width / 4)
            found.append(Detection(box, 0.9, points.astype(np.float32)))
        return found

    def files(self):
        licences = Licences("MIT", "MIT", "none")
        return (ModelFile(Path("dots.bin"), "ab" * 32, "", licences),)


def face(x=10, y=20, apart=20, size=(48, 64), into=None):
    """A frame with one face more."""
    frame = np.full((*size, 3), 60, np.uint8) if into is None else into
    frame[y, x] = (250, 0, 0)
    frame[y, x + apart] = (0, 250, 0)
    return frame


def nobody(size=(48, 64)):
    return np.full((*size, 3), 60, np.uint8)
