"""Faces found by MediaPipe's networks, on real frames."""

import cv2
import numpy as np
import pytest

from v2v_tf import compat
from v2v_tf.tasks.face.landmarks import read_landmarks
from v2v_tf.tasks.face.mediapipe import MediaPipeFaces
from v2v_tf.tasks.files import read_rgb

pytestmark = pytest.mark.needs("mediapipe")


@pytest.fixture(scope="module")
def detector():
    return MediaPipeFaces()


def _error(found, real):
    """Mean distance, by that of the outer corners of the eyes."""
    return np.linalg.norm(found - real, axis=1).mean() / np.linalg.norm(
        real[36] - real[45]
    )


def test_landmarks_are_those_of_the_reference_clip(detector, reference):
    root = reference / "data/face"
    errors = []
    for picture in sorted((root / "train_img/clip").iterdir()):
        real = read_landmarks(root / f"train_keypoints/clip/{picture.stem}.txt")
        (found,) = detector.detect(read_rgb(picture))
        errors.append(_error(found.value, real))
        assert found.score > 0.9
        left, top, right, bottom = found.box
        inside = found.value[17:]  # the jaw may lie a little outside of the mesh's box
        assert (inside > (left, top)).all() and (inside < (right, bottom)).all()
    # Two annotators of 300-W differ by about as much.
    assert len(errors) == 5 and max(errors) < 0.05


def test_a_face_that_is_turned_and_small_is_found_where_it_was(detector, reference):
    frame = read_rgb(reference / "data/face/train_img/clip/00000.jpg")
    (upright,) = detector.detect(frame)
    height, width = frame.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), 25, 0.5)
    turned = cv2.warpAffine(frame, matrix, (width, height))
    expected = upright.value @ matrix[:, :2].T + matrix[:, 2]
    (found,) = detector.detect(turned)
    assert _error(found.value, expected) < 0.06
    # Where it was before is enough.
    (again,) = detector.detect(turned, [found])
    assert _error(again.value, expected) < 0.06


def test_two_faces_are_two(detector, reference):
    frame = read_rgb(reference / "data/face/train_img/clip/00000.jpg")
    both = np.concatenate([frame, frame[:, ::-1]], axis=1)
    found = detector.detect(both)
    assert len(found) == 2
    middles = sorted((one.box[0] + one.box[2]) / 2 for one in found)
    assert middles[0] < frame.shape[1] < middles[1]


def test_nobody_is_nobody(detector):
    grey = np.full((90, 120, 3), 127, np.uint8)
    assert detector.detect(grey) == []
    noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3), np.uint8)
    assert detector.detect(noise) == []


def test_its_files_are_named_with_their_licences(detector):
    faces, mesh = detector.files()
    assert faces.path.name == "face_detection_short_range.tflite"
    assert mesh.package == f"mediapipe {compat.mediapipe_release()[0]}"
    assert len(mesh.sha256) == 64
    assert mesh.licences.weights == "Apache-2.0"
