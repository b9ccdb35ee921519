"""Pose: planes of a record, redrawn planes, channels."""

import json

import imageio.v3 as imageio
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import Geometry, RawFrame
from v2v_tf.tasks.pose.conditioning import PoseConditioning
from v2v_tf.tasks.pose.config import PoseConfig
from v2v_tf.tasks.pose.drawing import draw_openpose
from v2v_tf.tasks.pose.drop import PoseDrop

SOURCE = (96, 160)


def conditioning(load_size: int = 320, **changes) -> PoseConditioning:
    return PoseConditioning(
        PoseConfig(**changes), ResizeConfig(scale="width", load_size=load_size)
    )


def raw_frame(**changes) -> RawFrame:
    densepose = np.zeros((*SOURCE, 3), np.uint8)
    densepose[20:50, 40:70] = (200, 100, 2)
    densepose[10:20, 50:60] = (30, 60, 24)
    points = np.zeros((25, 3))
    points[1], points[8], points[9] = (60, 20, 0.9), (58, 60, 0.8), (50, 62, 0.7)
    person = {
        "pose_keypoints_2d": points.ravel().tolist(),
        "face_keypoints_2d": [0] * 210,
        "hand_left_keypoints_2d": [0] * 63,
        "hand_right_keypoints_2d": [0] * 63,
    }
    fields = {
        "image": np.full((*SOURCE, 3), 77, np.uint8),
        "densepose": densepose,
        "openpose": {"people": [person]},
    }
    return RawFrame(**(fields | changes))


def test_a16_six_planes_densepose_first():
    task = conditioning()
    raw = raw_frame()
    geometry = task.plan(raw)
    assert geometry == Geometry(SOURCE, (0, 96, 0, 160), (192, 320))
    drawn = task.draw(raw, geometry)
    assert task.num_planes == task.num_channels == 6
    assert drawn.planes.shape == (192, 320, 6)
    assert drawn.planes.dtype == np.uint8
    assert drawn.frame.shape == (192, 320, 3)
    assert drawn.instances is None
    twice = drawn.planes[::2, ::2]
    np.testing.assert_array_equal(twice[..., :3], raw.get("densepose"))
    np.testing.assert_array_equal(
        twice[..., 3:], draw_openpose(raw.get("openpose"), SOURCE)
    )


def test_one_kind_alone_gives_three_planes():
    raw = raw_frame()
    both = conditioning().draw(raw, conditioning().plan(raw)).planes
    for changes, missing, planes in (
        ({"use_openpose": False}, {"openpose": None}, both[..., :3]),
        ({"use_densepose": False}, {"densepose": None}, both[..., 3:]),
    ):
        task = conditioning(**changes)
        assert task.num_planes == task.num_channels == 3
        alone = raw_frame(**missing)
        drawn = task.draw(alone, task.plan(alone))
        np.testing.assert_array_equal(drawn.planes, planes)


def test_inference_needs_no_image():
    task = conditioning()
    raw = raw_frame(image=None)
    drawn = task.draw(raw, task.plan(raw))
    assert drawn.frame is None
    with pytest.raises(InputError, match="needs `image` in the first frame, or"):
        task.plan(RawFrame(openpose=raw.get("openpose")))


def test_encode_rescales_parts_alone():
    task = conditioning()
    planes = np.zeros((1, 2, 6), np.uint8)
    planes[0, 0] = (51, 255, 24, 255, 0, 51)
    planes[0, 1] = (0, 0, 6, 0, 0, 24)
    channels = tf.function(task.encode)(tf.constant(planes), None)
    assert channels.dtype == tf.float32
    expected = [
        [-0.6, 1, 1, 1, -1, -0.6],
        [-1, -1, -0.5, -1, -1, 48 / 255 - 1],
    ]
    np.testing.assert_allclose(channels[0], expected, atol=1e-6)
    openpose_only = conditioning(use_densepose=False)
    channels = openpose_only.encode(tf.constant(planes[..., 3:]), None)
    np.testing.assert_allclose(channels[0, 1], expected[1][3:], atol=1e-6)


def test_redrawn_without_drops_is_what_was_drawn():
    task = conditioning()
    raw = raw_frame()
    geometry = task.plan(raw)
    planes = task.draw(raw, geometry).planes
    again = task.redraw_frame(planes, raw.get("openpose"), geometry, PoseDrop())
    np.testing.assert_array_equal(again, planes)


def test_redrawn_with_drops():
    task = conditioning()
    raw = raw_frame()
    geometry = task.plan(raw)
    planes = task.draw(raw, geometry).planes
    drop = PoseDrop(parts=frozenset({24}), limbs=frozenset({5}))  # 5: limb 1 - 8
    redrawn = task.redraw_frame(planes, raw.get("openpose"), geometry, drop)
    assert not redrawn[20:40, 100:120, :3].any()
    np.testing.assert_array_equal(redrawn[40:, :, :3], planes[40:, :, :3])
    assert planes[80, 118, 3] > 0
    assert not redrawn[80, 118, 3:].any()
    assert redrawn[124, 100, 3:].any()  # limb 8 - 9
    no_json = "random drops of OpenPose need the keypoints"
    with pytest.raises(InputError, match=no_json):
        task.redraw_frame(planes, None, geometry, drop)
    densepose_only = conditioning(use_openpose=False)
    np.testing.assert_array_equal(
        densepose_only.redraw_frame(planes[..., :3], None, geometry, drop),
        redrawn[..., :3],
    )


def bad_densepose(part: int) -> np.ndarray:
    return np.full((*SOURCE, 3), part, np.uint8)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"densepose": None}, "task pose needs `densepose`"),
        ({"openpose": None}, "task pose needs `openpose`"),
        ({"densepose": bad_densepose(25)}, "a part 0 .. 24, got 25: .*PNG"),
        ({"densepose": np.zeros(SOURCE, np.uint8)}, "densepose must be uint8"),
        ({"densepose": np.zeros((95, 160, 3), np.uint8)}, "densepose must be 160x96"),
        ({"image": np.zeros((96, 161, 3), np.uint8)}, "image must be 160x96"),
        ({"openpose": {"people": []}}, "drop frames in which nobody"),
    ],
)
def test_bad_frames_are_named(changes, message):
    task = conditioning()
    geometry = task.plan(raw_frame())
    with pytest.raises(InputError, match=message):
        task.draw(raw_frame(**changes), geometry)


def test_bad_configurations():
    with pytest.raises(InputError, match="densepose, openpose or both"):
        conditioning(use_densepose=False, use_openpose=False)
    for probability in (-0.1, 1.5):
        with pytest.raises(InputError, match=f"must be 0 .. 1, got {probability}"):
            conditioning(random_drop_prob=probability)


@pytest.mark.reference
def test_a16_of_a_real_clip(reference):
    clip = reference / "data/pose"
    name = "frame000103"
    raw = RawFrame(
        imageio.imread(clip / f"train_img/clip/{name}.jpg"),
        densepose=imageio.imread(clip / f"train_densepose/clip/{name}.png"),
        openpose=json.loads(
            (clip / f"train_openpose/clip/{name}.json").read_text(encoding="utf-8")
        ),
    )
    task = conditioning(load_size=512)
    geometry = task.plan(raw)
    drawn = task.draw(raw, geometry)
    channels = task.encode(tf.constant(drawn.planes), None).numpy()
    assert channels.shape == (288, 512, 6)
    assert channels.min() == -1
    assert channels.max() <= 1
    head = drawn.planes[..., 2] >= 23
    assert head.any()
    assert (channels[..., 2][head] > 0.9).all()
    assert (channels[..., 2][~head] <= 0.9).all()
    top = np.argwhere(head)[:, 0].max()
    assert top < 150  # heads are up
