"""The boxes of faces that pose clips bring along, whatever is dropped of the planes."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from v2v_tf.data.input.dataset import make_dataset, read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.tasks.pose.face_boxes import face_boxes

HEIGHT, WIDTH, NUM_FRAMES = 96, 192, 5
FACES = "discriminator.use_face=true"
OPENPOSE = "conditioning.pose.use_densepose=false"
HIDE_ALL = (
    "conditioning.pose.remove_face_labels=true",
    "conditioning.pose.random_drop_prob=1.0",
)
HIDE_NOTHING = ("conditioning.pose.random_drop_prob=0.0",)
PREPARED = ("data.resize.scale=height", "data.resize.load_size=96")
# A window of 64x64: rows from 16 on, and columns from 32 + 32 on where it is centred.
CENTRAL_HALF = (
    *PREPARED,
    "data.resize.crop=scaled_height",
    "data.resize.fine_size=64",
    "data.resize.central_half=true",
)
RANDOM = (*CENTRAL_HALF, "data.resize.scale=random_height")


def _densepose(t: int) -> np.ndarray:
    """A body, and a head that moves; the last is cut by the window, frame 3 has none.

    The head is rows 20 + t .. 33 + t and columns 80 + 3t .. 90 + 3t, but for the last:
    rows 10 .. 18 and columns 120 .. 140.
    """
    planes = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    planes[40:90, 60:130] = (40 + t, 90, 2)
    if t == 4:
        planes[10:19, 120:141] = (70, 60, 23)
    elif t != 3:
        planes[20 + t : 34 + t, 80 + 3 * t : 91 + 3 * t] = (70, 60, 23 + t % 2)
    return planes


def _openpose(t: int) -> str:
    """A person of neck, nose and right shoulder; frame 3 has no nose."""
    body = np.zeros((25, 3))
    body[1], body[2] = (90 + 3 * t, 50, 0.9), (60, 55, 0.9)
    if t != 3:
        body[0] = (84 + 3 * t, 30 + t, 0.9)
    person = {
        "pose_keypoints_2d": body.ravel().tolist(),
        "face_keypoints_2d": [0.0] * 210,
        "hand_left_keypoints_2d": [0.0] * 63,
        "hand_right_keypoints_2d": [0.0] * 63,
    }
    return json.dumps({"people": [person]})


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    root = tmp_path_factory.mktemp("people")
    random = np.random.default_rng(2)
    for kind in ("densepose", "openpose", "img"):
        (root / f"train_{kind}/a").mkdir(parents=True)
    for t in range(NUM_FRAMES):
        image = random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)
        for kind, picture in (("densepose", _densepose(t)), ("img", image)):
            path = root / f"train_{kind}/a/{t:03d}.png"
            assert cv2.imwrite(str(path), np.ascontiguousarray(picture[..., ::-1]))
        (root / f"train_openpose/a/{t:03d}.json").write_text(_openpose(t))
    return root


@pytest.fixture(scope="module")
def records(source, tmp_path_factory, make_config):
    folder = tmp_path_factory.mktemp("both") / "records"
    prepare(source, folder, make_config("pose", *PREPARED))
    return folder


@pytest.fixture(scope="module")
def openpose_records(source, tmp_path_factory, make_config):
    folder = tmp_path_factory.mktemp("openpose") / "records"
    prepare(source, folder, make_config("pose", *PREPARED, OPENPOSE))
    return folder


def _clips(folder, config, passes: int) -> list[dict[str, np.ndarray]]:
    dataset = make_dataset(
        folder, config, num_frames=NUM_FRAMES, batch_size=1, training=True, seed=4
    )
    batches = dataset.take(passes).as_numpy_iterator()
    return [{name: value[0] for name, value in batch.items()} for batch in batches]


def _shown(boxes: np.ndarray) -> np.ndarray:
    return boxes[:, 0] <= boxes[:, 1]


def test_boxes_are_those_of_the_stored_heads(records, make_config):
    (clip,) = read_clips(records, make_config("pose", *PREPARED, FACES))
    expected = [[20 + t, 33 + t, 80 + 3 * t, 90 + 3 * t] for t in range(3)]
    expected += [[HEIGHT, -1, WIDTH, -1], [10, 18, 120, 140]]
    np.testing.assert_array_equal(clip.faces, expected)


def test_boxes_move_with_the_crop_and_the_central_half(records, make_config):
    (clip,) = read_clips(records, make_config("pose", *CENTRAL_HALF, FACES))
    assert clip.frames.shape == (NUM_FRAMES, 64, 64, 3)
    expected = [[4 + t, 17 + t, 16 + 3 * t, 26 + 3 * t] for t in range(3)]
    expected += [[64, -1, 64, -1], [0, 2, 56, 63]]
    np.testing.assert_array_equal(clip.faces, expected)


def test_drops_hide_the_head_and_not_where_it_is(records, make_config):
    hidden = _clips(records, make_config("pose", *RANDOM, FACES, *HIDE_ALL), 4)
    whole = _clips(records, make_config("pose", *RANDOM, FACES, *HIDE_NOTHING), 4)
    for left, right in zip(hidden, whole, strict=True):
        assert not left["conditions"].any()
        np.testing.assert_array_equal(left["frames"], right["frames"])
        np.testing.assert_array_equal(left["faces"], right["faces"])
        # In pixels of this draw of the scale and the crop.
        head = right["conditions"][..., 2] >= 23
        for mask, box in zip(head, right["faces"], strict=True):
            rows, columns = np.nonzero(mask)
            if len(rows):
                assert box.tolist() == [
                    *(rows.min(), rows.max(), columns.min(), columns.max())
                ]
        np.testing.assert_array_equal(_shown(right["faces"]), head.any(axis=(1, 2)))
        assert _shown(right["faces"])[:3].all()
    assert len({clip["faces"].tobytes() for clip in whole}) > 1


def test_labels_removed_leave_the_body_and_the_boxes(records, make_config):
    config = make_config("pose", *RANDOM, FACES, *HIDE_ALL[:1], *HIDE_NOTHING)
    (clip,) = _clips(records, config, 1)
    assert set(np.unique(clip["conditions"][..., 2])) == {0, 2}
    assert _shown(clip["faces"])[:3].all()


def test_boxes_are_those_that_a_model_finds_in_planes(
    records, openpose_records, make_config
):
    for folder, kind in ((records, ()), (openpose_records, (OPENPOSE,))):
        config = make_config("pose", *RANDOM, FACES, *HIDE_NOTHING, *kind)
        for clip in _clips(folder, config, 2):
            found = face_boxes(clip["conditions"], config.conditioning.pose)
            np.testing.assert_array_equal(clip["faces"], found)


def test_openpose_alone_keeps_the_limb_that_was_dropped(openpose_records, make_config):
    def clip(*drops: str) -> dict[str, np.ndarray]:
        config = make_config("pose", *CENTRAL_HALF, FACES, OPENPOSE, *drops)
        return _clips(openpose_records, config, 1)[0]

    hidden, whole = clip(*HIDE_ALL), clip(*HIDE_NOTHING)
    assert not hidden["conditions"].any() and whole["conditions"].any()
    np.testing.assert_array_equal(hidden["faces"], whole["faces"])
    np.testing.assert_array_equal(
        _shown(hidden["faces"]), [True, True, True, False, True]
    )
    # Neck and nose are 6 columns and 20 rows apart, and the stroke 6 pixels thick.
    top, bottom, left, right = hidden["faces"][0]
    assert 14 <= bottom - top <= 32 and 6 <= right - left <= 18


def test_boxes_come_only_where_faces_are_judged(records, make_config):
    (clip,) = _clips(records, make_config("pose", *RANDOM), 1)
    assert "faces" not in clip
    config = make_config("pose", *RANDOM, FACES)
    (clip,) = _clips(records, config, 1)
    assert clip["faces"].shape == (NUM_FRAMES, 4) and clip["faces"].dtype == np.int32
    arguments = {"num_frames": 2, "batch_size": 3, "training": True, "seed": 1}
    spec = make_dataset(records, config, **arguments).element_spec["faces"]
    assert spec.shape == [3, 2, 4]
