"""The whole of retargeting on small made sources."""

import json
import shutil

import numpy as np
import pytest

from tests.apps.retargeting.skeletons import (
    faces,
    hide,
    picture,
    walk,
    write_faces,
    write_json,
    write_poses,
)
from v2v_tf import config as configuration
from v2v_tf.apps.retargeting.retarget import RetargetOptions, retarget
from v2v_tf.data.input.stream import SequenceChoice, draw_frames, find_sequence
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination
from v2v_tf.tasks.face.landmarks import read_landmarks
from v2v_tf.tasks.files import read_rgb
from v2v_tf.visualization.video import read_video


def _read_body(out, name):
    path = out / f"source/train_openpose/a/{name}.json"
    (person,) = json.loads(path.read_text())["people"]
    return np.reshape(person["pose_keypoints_2d"], (25, 3))


def test_a_clip_retargeted_to_itself_draws_the_same(tmp_path, pose_config):
    source = write_poses(tmp_path / "a", walk(4))
    done = retarget(
        SequenceChoice(source),
        SequenceChoice(source),
        Destination(tmp_path / "out"),
        RetargetOptions(),
        config=pose_config,
    )
    assert (done.scale, done.anchor, done.num_frames) == (1.0, "feet", 4)
    assert (done.num_filled, done.num_lacking, done.num_outside) == (0, 0, 0)
    written = tmp_path / "out/source"
    config = configuration.load_config(written / "config.yaml")
    before = draw_frames(find_sequence(source, pose_config, None), pose_config)
    after = draw_frames(find_sequence(written, config, None), config)
    for ours, theirs in zip(after, before, strict=True):
        assert theirs.planes.any()
        np.testing.assert_array_equal(ours.planes, theirs.planes)
        np.testing.assert_array_equal(ours.frame, theirs.frame)


def test_a_driver_of_another_size_without_pictures(tmp_path, pose_config):
    reference = write_poses(tmp_path / "reference", walk(5))
    moved = walk(4)
    moved[..., :2] = 2.0 * moved[..., :2] + (40.0, 300.0)
    source = write_poses(tmp_path / "source", moved, pictures=False)
    done = retarget(
        SequenceChoice(source),
        SequenceChoice(reference),
        Destination(tmp_path / "out"),
        RetargetOptions(),
        config=pose_config,
    )
    assert done.scale == pytest.approx(0.5)
    # The middle of four steps meets that of five: half a step of 7 pixels later.
    for time, person in enumerate(walk(4)):
        expected = person[:25] + (3.5, 0.0, 0.0)
        body = _read_body(tmp_path / "out", f"{time:03d}")
        np.testing.assert_allclose(body, expected, atol=0.001)
    # Every frame has the reference's picture with the nearest pose.
    shown = read_rgb(tmp_path / "out/source/train_img/a/003.png")
    np.testing.assert_array_equal(shown, picture(3))


@pytest.mark.slow
def test_missing_joints_are_filled_dropped_or_kept(tmp_path, pose_config):
    reference = write_poses(tmp_path / "reference", walk(5))
    clip = hide(hide(walk(5), [1], 4), [3], 23)
    source = write_poses(tmp_path / "source", clip, pictures=False)
    write_json(source / "train_openpose/a/002.json")  # shows nobody

    def call(missing, max_gap=10):
        options = RetargetOptions("global", 1, missing, max_gap)
        return retarget(
            SequenceChoice(source),
            SequenceChoice(reference),
            Destination(tmp_path / "out", overwrite=True),
            options,
            config=pose_config,
        )

    filled = call("fill")
    assert (filled.num_filled, filled.num_lacking) == (2 + 137, 0)
    # Nobody is in frame 2: the wrist of frame 1 is a third of the way to frame 3.
    wrist = clip[0, 4] + (clip[3, 4] - clip[0, 4]) / 3
    body = _read_body(tmp_path / "out", "001")
    np.testing.assert_allclose(body[4], wrist, atol=0.001)
    kept = call("keep")
    assert (kept.num_filled, kept.num_lacking, kept.num_frames) == (0, 3, 5)
    assert not _read_body(tmp_path / "out", "002").any()
    assert not _read_body(tmp_path / "out", "001")[4].any()
    dropped = call("drop")
    assert dropped.dropped == ("001", "002", "003")
    names = [p.name for p in sorted((tmp_path / "out/source/train_img/a").iterdir())]
    assert names == ["000.png", "004.png"]


def test_what_the_reference_hides_too_is_no_reason_to_drop(tmp_path, pose_config):
    hidden = hide(walk(3), [0], 4)
    source = write_poses(tmp_path / "a", hidden)
    options = RetargetOptions(missing="drop")
    done = retarget(
        SequenceChoice(source),
        SequenceChoice(source),
        Destination(tmp_path / "out"),
        options,
        config=pose_config,
    )
    assert done.dropped == () and done.num_frames == 3


def test_faces_are_smoothed_unless_told_otherwise(tmp_path, face_config):
    still = np.stack([faces(1)[0]] * 7)
    trembling = still.copy()
    trembling[3, 57] += (0, 9)
    reference = write_faces(tmp_path / "reference", still)
    source = write_faces(tmp_path / "source", trembling)
    for smooth, expected in ((None, still), (1, trembling)):
        out = tmp_path / f"out{smooth}"
        options = RetargetOptions(smooth=smooth)
        done = retarget(
            SequenceChoice(source),
            SequenceChoice(reference),
            Destination(out),
            options,
            config=face_config,
        )
        assert done.anchor is None and done.scale == pytest.approx(1)
        for time in range(7):
            points = read_landmarks(out / f"source/train_keypoints/a/{time:03d}.txt")
            np.testing.assert_array_equal(points, expected[time])


def test_a_frame_without_a_face_is_filled_or_dropped(tmp_path, face_config):
    clip = faces(6)
    clip[2] = np.nan
    reference = write_faces(tmp_path / "reference", faces(6))
    source = write_faces(tmp_path / "source", clip, pictures=False)
    out = tmp_path / "out"

    def call(**options):
        chosen = RetargetOptions(smooth=1, **options)
        return retarget(
            SequenceChoice(source),
            SequenceChoice(reference),
            Destination(out),
            chosen,
            config=face_config,
        )

    with pytest.raises(InputError, match=r"missing in 1 frames \(002\)"):
        call(missing="keep")
    assert call(missing="drop").dropped == ("002",)
    shutil.rmtree(out)
    assert call().num_filled == 68
    points = read_landmarks(out / "source/train_keypoints/a/002.txt")
    np.testing.assert_allclose(points, faces(6)[2], atol=1)


def test_the_preview_shows_every_frame(tmp_path, pose_config):
    source = write_poses(tmp_path / "a", walk(3))
    retarget(
        SequenceChoice(source),
        SequenceChoice(source),
        Destination(tmp_path / "out"),
        RetargetOptions(),
        config=pose_config,
    )
    video = read_video(tmp_path / "out/preview.mp4")
    still = read_rgb(tmp_path / "out/preview.png")
    assert len(video) == 3 and video[0].std() > 20 and still.std() > 20
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["preview.mp4", "preview.png", "source"]
