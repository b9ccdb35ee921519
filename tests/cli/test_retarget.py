"""Poses and faces of somebody else, as a user calls for them."""

import json

import cv2
import numpy as np
import pytest

from v2v_tf import config as configuration
from v2v_tf.data.input.stream import draw_frames, find_sequence

POSE = ("--set", "conditioning.pose.use_densepose=false")
FACE = ("--set", "conditioning.face.background_edges=false")
TINY_POSE = ("--config", "test/pose_256", *POSE)


def test_retargeted_poses_are_a_source_that_prepare_takes(
    tmp_path, call, write_pose, capsys
):
    reference = write_pose(tmp_path / "reference", 5)
    source = write_pose(tmp_path / "source", 4)
    # The driver's files are of a larger picture, without its pictures.
    for path in (source / "train_openpose/a").iterdir():
        openpose = json.loads(path.read_text())
        body = np.reshape(openpose["people"][0]["pose_keypoints_2d"], (25, 3))
        body[:, :2] = 2.5 * body[:, :2] + (10, 4)
        openpose["people"][0]["pose_keypoints_2d"] = body.ravel().tolist()
        path.write_text(json.dumps(openpose))
    for path in (source / "train_img/a").iterdir():
        path.unlink()
    (source / "train_img/a").rmdir()
    out, data = tmp_path / "out", tmp_path / "data"
    assert (
        call(
            *("retarget", *TINY_POSE, "--source", source, "--reference", reference),
            *("--output", out),
        )
        == 0
    )
    said = capsys.readouterr().out
    assert "scaled by 0.400, placed by the feet: 4 frames" in said
    config = ("--config", out / "source/config.yaml")
    assert call("prepare", *config, "--source", out / "source", "--output", data) == 0
    assert json.loads((data / "manifest.json").read_text())["num_planes"] == 3


def test_a_folder_of_poses_alone_is_a_source(tmp_path, call, write_pose, capsys):
    reference = write_pose(tmp_path / "reference", 3)
    poses = write_pose(tmp_path / "source", 4) / "train_openpose/a"
    command = ("retarget", *TINY_POSE, "--source", poses, "--output", tmp_path / "out")
    assert call(*command, "--reference", reference) == 0
    assert "4 frames" in capsys.readouterr().out
    assert (tmp_path / "out/source/train_openpose/a").is_dir()
    # The person who is shown must be seen.
    assert call(*command, "--overwrite", "--reference", poses) == 2
    assert "must have the pictures of a in train_img/" in capsys.readouterr().err


def test_dropped_frames_are_named(tmp_path, call, write_pose, capsys):
    reference = write_pose(tmp_path / "reference", 4)
    source = write_pose(tmp_path / "source", 4)
    (source / "train_openpose/a/001.json").write_text('{"people": []}')
    assert (
        call(
            *("retarget", *TINY_POSE, "--source", source, "--reference", reference),
            *("--output", tmp_path / "out", "--missing", "drop"),
        )
        == 0
    )
    assert "dropped 1 frames: 001" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "name the --model, or the --config"),
        (("--config", "test/pose_256"), "conditioning.pose.use_densepose=false"),
        ((*TINY_POSE, "--smooth", "4"), "--smooth must be an odd number of frames"),
        ((*TINY_POSE, "--max-gap", "0"), "--max-gap must be 1 frame or more"),
        ((*TINY_POSE, "--fps", "0"), "fps must be above 0"),
        (("--model", "nowhere"), "nowhere is no run folder"),
    ],
)
def test_what_cannot_be_retargeted_is_said(
    tmp_path, call, write_pose, capsys, options, words
):
    source = write_pose(tmp_path / "source", 3)
    out = tmp_path / "out"
    command = ("retarget", "--source", source, "--reference", source, "--output", out)
    assert call(*command, *options) == 2
    assert words in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize(
    ("task", "config"),
    [
        ("pose", ("--config", "pose_256", *POSE)),
        ("face", ("--config", "face_512", *FACE)),
    ],
)
def test_real_clips_retargeted_to_themselves_draw_the_same(
    tmp_path, call, reference, task, config
):
    source, out = reference / "data" / task, tmp_path / "out"
    road = ("--source", source, "--reference", source, "--output", out)
    assert call("retarget", *config, *road, "--smooth", 1, "--missing", "keep") == 0
    written = configuration.load_config(out / "source/config.yaml")
    before = draw_frames(find_sequence(source, written, None), written)
    after = draw_frames(find_sequence(out / "source", written, None), written)
    for ours, theirs in zip(after, before, strict=True):
        assert theirs.planes.any()
        np.testing.assert_array_equal(ours.planes, theirs.planes)
    assert cv2.imread(str(out / "preview.png")).std() > 20


@pytest.mark.slow
@pytest.mark.reference
@pytest.mark.parametrize(
    ("task", "config"),
    [
        ("pose", ("--config", "pose_256", *POSE)),
        ("face", ("--config", "face_512", *FACE)),
    ],
)
def test_real_clips_are_prepared(tmp_path, call, reference, task, config):
    source, out = reference / "data" / task, tmp_path / "out"
    road = ("--source", source, "--reference", source, "--output", out)
    assert call("retarget", *config, *road) == 0
    config = ("--config", out / "source/config.yaml")
    data = tmp_path / "data"
    assert call("prepare", *config, "--source", out / "source", "--output", data) == 0


@pytest.mark.slow
def test_a_model_is_driven_by_another_clip(tmp_path, call, write_pose):
    reference = write_pose(tmp_path / "reference", 7)
    source = write_pose(tmp_path / "source", 5)
    data, run, out = tmp_path / "data", tmp_path / "run", tmp_path / "out"
    config = TINY_POSE
    assert call("prepare", *config, "--source", reference, "--output", data) == 0
    assert call("train", *config, "--data", data, "--run", run) == 0
    road = ("--source", source, "--reference", reference, "--output", out)
    assert call("retarget", "--model", run, *road) == 0
    driven, video = tmp_path / "driven", tmp_path / "video"
    config = ("--config", out / "source/config.yaml")
    assert call("prepare", *config, "--source", out / "source", "--output", driven) == 0
    assert call("generate", "--model", run, "--data", driven, "--output", video) == 0
    (frames,) = video.glob("*/frames")
    assert len(list(frames.iterdir())) == 3
