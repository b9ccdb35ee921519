"""What is doubtful is noted with its file, and trained on all the same."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.conftest import texture
from tests.data.prepare.results import quarantine, records
from v2v_tf.data.prepare.pictures import other_shapes
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.prepare.shards import ShardResult
from v2v_tf.data.records.manifest import ClipEntry

SCALARS = {"empty_conditions", "points_outside", "points_reach"}
DARK = "data.max_black_fraction=2"


def _notes(source, folder, config):
    """Prepares; returns what was noted: clip to (path, reason)."""
    summary = prepare(source, folder, config)
    assert not summary.lost
    notes = [entry for entry in quarantine(folder) if entry["num_frames"] == 0]
    return {note["clip"]: (note["path"], note["reason"]) for note in notes}


def test_good_clips_are_noted_of_nothing(tmp_path, write_face, write_pose, make_config):
    for task, write in (("face", write_face), ("pose", write_pose)):
        source = write(tmp_path / task, 4)
        assert _notes(source, tmp_path / f"{task}-out", make_config(task)) == {}
        (record,) = prepared(tmp_path / f"{task}-out")
        assert 0.5 < record.pop("points_reach") < 1.0
        assert record == {"empty_conditions": 0.0, "points_outside": 0.0}


def prepared(folder):
    """Returns the scalars of plausibility of every record."""
    import tensorflow as tf

    found = []
    for path in sorted(folder.glob("*.tfrecord")):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            features = tf.train.Example.FromString(record).features.feature
            names = features.keys() & SCALARS
            found.append({n: features[n].float_list.value[0] for n in sorted(names)})
    return found


def test_landmarks_of_a_larger_picture_are_noted(tmp_path, write_face, make_config):
    source = write_face(tmp_path / "source", 4)
    # Of frames of 100x80; these are of 170x136, and most lie to the right and below.
    for path in sorted((source / "train_keypoints/a").iterdir()):
        points = np.loadtxt(path, delimiter=",") * 1.7
        np.savetxt(path, points, "%d", delimiter=",")
    notes = _notes(source, tmp_path / "out", make_config("face", DARK))
    (path, reason) = notes["a@000000"]
    assert path == str(source / "train_keypoints/a/000.txt")
    assert reason.startswith("points that lie outside of the picture, half of them")
    (record,) = prepared(tmp_path / "out")
    assert 0.5 < record["points_outside"] < 0.8


def test_landmarks_of_a_smaller_picture_are_noted(tmp_path, write_face, make_config):
    source = write_face(tmp_path / "source", 4)
    farthest = 0.0
    for path in sorted((source / "train_keypoints/a").iterdir()):
        points = np.floor(np.loadtxt(path, delimiter=",") * 0.5)
        np.savetxt(path, points, "%d", delimiter=",")
        farthest = max(farthest, *(points / (100, 80)).max(axis=0))
    notes = _notes(source, tmp_path / "out", make_config("face", DARK))
    assert notes["a@000000"][1].startswith("points that all lie in the upper left")
    (record,) = prepared(tmp_path / "out")
    assert record["points_reach"] == pytest.approx(farthest)


def test_a_person_who_is_drawn_nowhere_is_noted(
    tmp_path, write_pose, openpose_text, make_config
):
    source = write_pose(tmp_path / "source", 5)
    for number, path in enumerate(sorted((source / "train_openpose/a").iterdir())):
        # BODY_25 of one point: there is somebody, and nothing to draw.
        body = [0.0] * 75
        body[:3] = [30.0 + number, 20.0, 0.9]
        if number < 3:
            path.write_text(
                '{"people": [{"pose_keypoints_2d": %s}]}' % body,  # noqa: UP031
            )
    changes = ("use_densepose=false", "basic_point_only=true")
    config = make_config("pose", *(f"conditioning.pose.{one}" for one in changes))
    notes = _notes(source, tmp_path / "out", config)
    (path, reason) = notes["a@000000"]
    assert path.endswith("train_openpose/a/000.json")
    assert "conditions that are (nearly) empty, in half of its frames or more" in reason
    (record,) = prepared(tmp_path / "out")
    assert record["empty_conditions"] == pytest.approx(3 / 5)


def test_frames_without_edges_are_noted(tmp_path, make_config):
    source = tmp_path / "source/train_img/flat"
    source.mkdir(parents=True)
    for number in range(4):
        # A slow gradient has no edge.
        frame = np.full((32, 64, 3), 90 + 3 * number, np.uint8)
        frame += np.arange(64, dtype=np.uint8)[None, :, None]
        cv2.imwrite(str(source / f"{number}.png"), frame)
    config = make_config("edges", "data.min_flow=-1")
    notes = _notes(tmp_path / "source", tmp_path / "out", config)
    (path, reason) = notes["flat@000000"]
    assert path == str(source / "0.png")
    assert "conditioning.edges.high_threshold, which is 120" in reason
    assert prepared(tmp_path / "out") == [{"empty_conditions": 1.0}]


def test_depths_that_are_nearly_all_missing_are_noted(tmp_path, make_config):
    for number in range(4):
        depth = np.zeros((32, 64), np.uint16)
        depth[number, :8] = 700 + 10 * np.arange(8)
        for kind, image in (("depth", depth), ("img", texture(32, 64, number))):
            path = tmp_path / f"source/train_{kind}/a/{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(path), image)
    notes = _notes(tmp_path / "source", tmp_path / "out", make_config("depth"))
    (path, reason) = notes["a@000000"]
    assert path.endswith("train_depth/a/0.png")
    assert "missing, nearly all of them (conditioning.depth.missing is 0)" in reason


def test_kinds_numbered_from_0_and_from_1_are_noted(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", {"a": 6}, instances=False)
    folder = source / "train_B/a"
    for path in sorted(folder.iterdir(), reverse=True):
        number = int(path.stem[-4:])
        path.rename(folder / f"a_{number + 1:04d}.png")
    plain = "conditioning.street.use_instances=false"
    config = make_config("street", plain, "data.max_bad_fraction=0.5")
    prepare(source, tmp_path / "out", config)
    (note,) = [e for e in quarantine(tmp_path / "out") if e["num_frames"] == 0]
    assert note["path"] == str(source / "train_A/a/a_0000.png")
    assert "train_A/a begin at a_0000.png" in note["reason"]
    assert "train_B/a, as many, at a_0001.png" in note["reason"]
    (record,) = records(tmp_path / "out")
    assert int(record["num_frames"]) == 5


def _result(sizes):
    clips = tuple(ClipEntry(f"c{i}@000000", n, 32, 64) for i, (n, *_) in sizes)
    pictures = tuple((f"c{i}.png", h, w) for i, (_, h, w) in sizes)
    return ShardResult("train", 0, "f", clips, (), (), False, False, "", pictures)


def test_pictures_of_another_shape_are_noted():
    # 720x1280 and 360x640 are of one shape, and 482x854 is within a pixel of it.
    sizes = [(4, 720, 1280), (3, 360, 640), (9, 1280, 720), (3, 482, 854)]
    numbered = list(enumerate(sizes))
    results = [_result(numbered[:2]), _result(numbered[2:])]
    (note,) = other_shapes(results)
    assert (note.clip, note.path, note.num_frames) == ("c2@000000", "c2.png", 0)
    assert "are 720x1280, those of most frames 1280x720" in note.reason
    assert other_shapes([_result(numbered[:2])]) == []
