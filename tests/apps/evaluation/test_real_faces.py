"""Adherence by the real detectors, on real clips."""

import numpy as np
import pytest

from v2v_tf.apps.evaluation.adherence import AdherenceMeasure, AdherenceOptions
from v2v_tf.config import load_config
from v2v_tf.tasks.files import read_rgb
from v2v_tf.visualization.video import read_video

pytestmark = pytest.mark.needs("mediapipe")
SHIFT = 3  # pixels


def moved(frames):
    """Frames shifted to the right; the left border is repeated."""
    return np.concatenate(
        [np.repeat(frames[:, :, :1], SHIFT, axis=2), frames[:, :, :-SHIFT]], axis=2
    )


@pytest.fixture(scope="module")
def carphone(reference):
    return read_video(reference / "data/video/carphone_pristine.mp4")[:24]


def test_a_shifted_face_errs_by_the_shift(carphone):
    config = load_config(None, ("task=face",))
    adherence = AdherenceMeasure.load(config, AdherenceOptions())
    made = {"same": carphone, "moved": moved(carphone)}
    found = adherence.measure("carphone", carphone, made)
    assert found["same"]["landmark_error"] == 0.0
    floor = found["same"]["landmark_error_floor"]
    assert 0 < floor < 0.03
    # The eyes are 31 pixels apart.
    assert found["moved"]["landmark_error"] == pytest.approx(SHIFT / 31, abs=0.015)
    assert found["moved"]["landmark_error"] > 3 * floor
    assert all(one["faces_found"] == 1.0 for one in found.values())
    assert adherence.notes()[0].startswith("adherence is measured in 24 of 24 frames")
    noise = np.random.default_rng(1).integers(0, 255, carphone.shape, np.uint8)
    assert adherence.measure("b", carphone, {"noise": noise})["noise"] == {
        "faces_found": 0.0,
        "landmark_error_floor": floor,
        "faces_found_floor": 1.0,
    }


def test_a_person_is_found_again(reference):
    folder = reference / "data/pose/train_img/clip"
    frames = np.stack([read_rgb(path) for path in sorted(folder.iterdir())[:3]])
    config = load_config(None, ("task=pose",))
    adherence = AdherenceMeasure.load(config, AdherenceOptions())
    torn = frames.copy()
    torn[:, : frames.shape[1] // 2] = 0  # above the waist
    made = {"same": frames, "torn": torn}
    values = adherence.measure("dance", frames, made)
    assert values["same"]["pose_pck"] == 1.0
    assert values["same"]["pose_pck_floor"] > 0.9
    assert values["torn"]["pose_pck"] < 0.6


def test_a_silhouette_is_found_again(reference):
    folder = reference / "data/pose/train_img/clip"
    frames = np.stack([read_rgb(path) for path in sorted(folder.iterdir())[:2]])
    config = load_config(None, ("task=silhouette",))
    adherence = AdherenceMeasure.load(config, AdherenceOptions())
    made = {"same": frames, "moved": np.roll(frames, 60, axis=2)}
    values = adherence.measure("dance", frames, made)
    assert values["same"]["silhouette_iou"] == 1.0
    floor = values["same"]["silhouette_iou_floor"]
    assert 0.9 < floor < 1.0
    assert 0.1 < values["moved"]["silhouette_iou"] < floor - 0.1
