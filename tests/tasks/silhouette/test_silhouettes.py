"""Silhouettes that are found in frames, by the networks of the package."""

import numpy as np
import pytest

from v2v_tf.tasks.files import read_rgb
from v2v_tf.tasks.pose.openpose import read_openpose
from v2v_tf.tasks.silhouette.mediapipe import MediaPipeSilhouettes

pytestmark = pytest.mark.needs("mediapipe")


@pytest.fixture(scope="module")
def detector():
    return MediaPipeSilhouettes()


def frame_of(reference):
    folder = reference / "data/pose"
    (picture,) = sorted((folder / "train_img/clip").iterdir())[:1]
    (points,) = sorted((folder / "train_openpose/clip").iterdir())[:1]
    return read_rgb(picture), read_openpose(points)


def test_the_mask_holds_the_points_of_a_person(detector, reference):
    frame, keypoints = frame_of(reference)
    (found,) = detector.detect(frame)
    assert found.value.shape == frame.shape[:2] and found.value.dtype == np.uint8
    assert set(np.unique(found.value)) == {0, 255}
    body = np.array(keypoints["people"][0]["pose_keypoints_2d"]).reshape(-1, 3)
    trunk = body[[1, 2, 5, 8, 9, 12]]  # neck, shoulders and hips
    x, y = np.rint(trunk[:, :2]).astype(int).T
    assert (found.value[y, x] == 255).all()
    # A standing person of this height fills 2 to 6 percent of the picture.
    assert 0.01 < (found.value > 0).mean() < 0.06
    left, top, right, bottom = found.box
    rows, columns = np.nonzero(found.value)
    inside = (columns > left - 60) & (columns < right + 60)
    assert (inside & (rows > top - 90) & (rows < bottom + 60)).mean() > 0.99


def test_a_person_is_found_again_where_they_were(detector, reference):
    frame, _ = frame_of(reference)
    (first,) = detector.detect(frame)
    (again,) = detector.detect(frame, [first])
    both = (first.value > 0) & (again.value > 0)
    either = (first.value > 0) | (again.value > 0)
    assert both.sum() / either.sum() > 0.95


def test_nobody_is_found_where_nobody_is(detector):
    noise = np.random.default_rng(3).integers(0, 255, [90, 160, 3], np.uint8)
    assert detector.detect(noise) == []
    assert [one.path.name for one in detector.files()] == [
        "pose_detection.tflite",
        "pose_landmark_full.tflite",
    ]
