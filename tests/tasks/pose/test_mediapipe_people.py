"""People found by MediaPipe's networks, on real frames."""

import json

import numpy as np
import pytest

from v2v_tf.config import load_config
from v2v_tf.detection.regions import Region
from v2v_tf.tasks.files import read_rgb
from v2v_tf.tasks.pose import people
from v2v_tf.tasks.pose.hands import HandNetwork, region_of_hand
from v2v_tf.tasks.pose.mediapipe import MediaPipePeople
from v2v_tf.tasks.pose.openpose import read_openpose
from v2v_tf.tasks.pose.points import PosePoints

pytestmark = pytest.mark.needs("mediapipe")


@pytest.fixture(scope="module")
def detector():
    return MediaPipePeople()


def test_points_are_those_of_openpose_on_the_reference_clip(detector, reference):
    root = reference / "data/pose"
    before = []
    for picture in sorted((root / "train_img/clip").iterdir()):
        frame = read_rgb(picture)
        openpose = read_openpose(root / f"train_openpose/clip/{picture.stem}.json")
        (real,) = people.people_of(openpose, frame.shape[:2], False)
        before = detector.detect(frame, before)
        (found,) = before
        torso = np.linalg.norm(real[1, :2] - real[8, :2])
        errors = np.linalg.norm(found.value[:, :2] - real[:, :2], axis=1) / torso
        body, face = errors[people.BODY], errors[people.FACE]
        # Every point but the small toes; none is another limb's.
        assert np.isfinite(body).sum() >= 21 and np.nanmax(body) < 0.2
        assert np.nanmean(body) < 0.07
        assert np.isfinite(face).all() and face.mean() < 0.02


def test_it_is_written_as_openpose_writes_it(detector, reference):
    picture = reference / "data/pose/train_img/clip/frame000100.jpg"
    (found,) = detector.detect(read_rgb(picture))
    config = load_config(None, ("task=pose",))
    written = json.loads(PosePoints().write(found.value.astype(float), config))
    (read,) = people.people_of(written, (1080, 1920), False)
    seen = np.isfinite(found.value)
    np.testing.assert_array_equal(np.isfinite(read), seen)
    np.testing.assert_allclose(read[seen], found.value[seen], atol=0.001)


def test_nobody_is_nobody(detector):
    grey = np.full((90, 120, 3), 127, np.uint8)
    assert detector.detect(grey) == []


def test_its_files_are_named(detector):
    names = [one.path.name for one in detector.files()]
    assert names == [
        "pose_detection.tflite",
        "pose_landmark_full.tflite",
        "face_landmark.tflite",
        "hand_landmark_full.tflite",
    ]


def test_a_hand_is_looked_for_beyond_the_wrist():
    wrist, index, little = (np.array(p) for p in ((10, 50), (14, 30), (6, 30)))
    region = region_of_hand(wrist, index, little)
    assert region == Region((10.0, 30.0), 90.0, 0.0)
    # A hand that points to the right is turned by a quarter.
    right = region_of_hand(wrist, np.array((30, 46)), np.array((30, 54)))
    assert right is not None and right.angle == pytest.approx(np.pi / 2)
    assert region_of_hand(wrist, wrist + 2, wrist + 1) is None


def test_where_no_hand_is_none_is_read():
    grey = np.full((90, 120, 3), 127, np.uint8)
    network = HandNetwork()
    assert network.read(grey, Region((60.0, 45.0), 50.0)) is None
    assert network.read(grey, None) is None
