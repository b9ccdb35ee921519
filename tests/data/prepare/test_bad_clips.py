"""Bad clips are put aside, and the rest is written."""

from __future__ import annotations

import json
import shutil

import cv2
import numpy as np
import pytest

from tests.data.prepare.results import quarantine, records
from v2v_tf.data.prepare import clip as prepare_clip
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records import clip as clip_record

# Clips may be still, and dark.
STILL, DARK = "data.min_flow=-1", "data.max_black_fraction=2"


def test_bad_clips_are_put_aside_and_the_rest_is_written(
    tmp_path, write_street, make_config
):
    names = dict.fromkeys(("good", "label", "image", "size", "count", "short"), 3)
    source = write_street(tmp_path / "source", names | {"short": 2})
    labels = np.full((32, 64), 5, np.uint8)
    cv2.imwrite(str(source / "train_A/label/label_0001.png"), labels)
    (source / "train_B/image/image_0002.png").write_bytes(b"\x89PNG")
    small = np.zeros((30, 64, 3), np.uint8)
    cv2.imwrite(str(source / "train_B/size/size_0001.png"), small)
    (source / "train_inst/count/count_0000.png").unlink()
    summary = prepare(source, tmp_path / "out", make_config())
    assert summary.num_clips == {"train": 1} and not summary.accepted
    # Of 17 frames 3 are left: too few lie between bad ones.
    assert summary.bad_fraction == pytest.approx(14 / 17)
    found = {entry["clip"]: entry for entry in quarantine(tmp_path / "out")}
    assert list(found) == sorted(found)
    reasons = {
        clip: f"{entry['path']}: {entry['reason']}" for clip, entry in found.items()
    }
    assert "label_0001.png: label ids must be 0 .. 4, got 5" in reasons["label@000001"]
    assert "image_0002.png: not a readable image" in reasons["image@000002"]
    assert "train_B/size/size_0001.png" in reasons["size@000001"]
    assert "64x32" in reasons["size@000001"] and "64x30" in reasons["size@000001"]
    assert "no file of frame count_0000 in inst" in reasons["count@000000"]
    assert "data.min_frames is 3" in reasons["short"]
    assert found["image@000002"]["num_frames"] == 3
    (record,) = records(tmp_path / "out")
    assert record["clip_id"] == b"good@000000"


def test_a_bad_frame_costs_itself_and_a_rest_that_is_too_short(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", {"a": 12})
    for t in (4, 7):
        (source / f"train_B/a/a_{t:04d}.png").write_bytes(b"x")
    config = make_config("street", "data.max_bad_fraction=0.5")
    summary = prepare(source, tmp_path / "out", config)
    ids = [record["clip_id"].numpy() for record in records(tmp_path / "out")]
    assert sorted(ids) == [b"a@000000", b"a@000008"]
    assert summary.num_frames == {"train": 8} and summary.accepted
    (bad,) = summary.bad
    assert (bad.clip, bad.num_frames) == ("a@000004", 4)
    assert bad.path.endswith("a_0004.png") and "2 such frames, to a_0007" in bad.reason


def test_files_that_break_their_readers_are_put_aside(
    tmp_path, write_pose, make_config, oversized_png
):
    source = write_pose(tmp_path / "source", 3)
    for kind in ("densepose", "openpose", "img"):
        for name in ("huge", "nested"):
            folder = source / f"train_{kind}"
            shutil.copytree(folder / "a", folder / name)
    (source / "train_img/huge/001.png").write_bytes(oversized_png)
    nested = '{"people":' + "[" * 100_000
    (source / "train_openpose/nested/002.json").write_text(nested)
    for kind in ("densepose", "openpose"):
        shutil.copytree(source / f"train_{kind}/a", source / f"train_{kind}/loop")
    (source / "train_img/loop").mkdir()
    for t in range(3):
        (source / f"train_img/loop/{t:03d}.png").symlink_to(f"{t:03d}.png")
    summary = prepare(source, tmp_path / "out", make_config("pose"))
    assert summary.num_clips == {"train": 1}
    reasons = {bad.clip: f"{bad.path}: {bad.reason}" for bad in summary.bad}
    assert sorted(reasons) == ["huge@000001", "loop@000000", "nested@000002"]
    assert "train_img/huge/001.png: not a readable image" in reasons["huge@000001"]
    assert "train_img/loop/000.png: cannot be read" in reasons["loop@000000"]
    assert "nested/002.json: not valid JSON" in reasons["nested@000002"]


def test_a_clip_too_large_for_a_record_is_cut(
    tmp_path, write_street, make_config, monkeypatch
):
    source = write_street(tmp_path / "source", {"a": 3, "b": 9})
    prepare(source, tmp_path / "whole", make_config())
    sizes = {}
    for record in records(tmp_path / "whole"):
        encoded = [record[k] for k in ("frames", "conditions", "instances", "flows")]
        sizes[record["clip_id"].numpy()] = sum(
            len(value) for values in encoded for value in values.numpy()
        )
    # Nothing as large as the real bound fits into a test.
    monkeypatch.setattr(prepare_clip, "MAX_RECORD_BYTES", sizes[b"a@000000"])
    summary = prepare(source, tmp_path / "out", make_config())
    lengths = {
        record["clip_id"].numpy(): int(record["num_frames"])
        for record in records(tmp_path / "out")
    }
    assert lengths.pop(b"a@000000") == 3 and len(lengths) > 1
    # A record is closed with the frame that fills it; too few are left over here.
    assert max(lengths.values()) <= 4
    (left,) = summary.bad
    assert left.num_frames == 9 - sum(lengths.values()) < 3
    assert "frames are left over" in left.reason


def test_faces_with_67_points_are_quarantined(tmp_path, make_config):
    # A ring of points stands for a face.
    angles = np.linspace(0, 6, 68)
    points = np.stack([20 + 8 * np.cos(angles), 20 + 9 * np.sin(angles)], axis=-1)
    lines = [f"{x:.0f},{y:.0f}\n" for x, y in points]
    for name, count in (("a", 68), ("b", 67)):
        for t in range(3):
            keypoints = tmp_path / f"source/train_keypoints/{name}/{t}.txt"
            keypoints.parent.mkdir(parents=True, exist_ok=True)
            keypoints.write_text("".join(lines[:count]))
            image = tmp_path / f"source/train_img/{name}/{t}.png"
            image.parent.mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(image), np.zeros((40, 40, 3), np.uint8))
    config = make_config("face", STILL, DARK)
    summary = prepare(tmp_path / "source", tmp_path / "out", config)
    reasons = {bad.clip: bad.reason for bad in summary.bad}
    assert list(reasons) == ["b@000000"]
    assert summary.bad[0].path == str(tmp_path / "source/train_keypoints/b/0.txt")
    assert reasons["b@000000"].startswith("expected 68 landmarks")
    assert "got 67 lines of 2 numbers" in reasons["b@000000"]
    (record,) = records(tmp_path / "out")
    assert record["clip_id"] == b"a@000000" and record["instances"].shape == (3,)


def test_poses_without_people_are_quarantined(tmp_path, write_pose, make_config):
    source = write_pose(tmp_path / "source", 7)
    (source / "train_openpose/a/005.json").write_text('{"people": []}')
    config = make_config("pose", "data.max_frames_per_record=5")
    summary = prepare(source, tmp_path / "out", config)
    (bad,) = summary.bad
    assert bad.clip == "a@000005" and bad.path.endswith("train_openpose/a/005.json")
    assert bad.reason == "nobody was found in this frame" and bad.num_frames == 4
    (record,) = records(tmp_path / "out")
    assert json.loads(record["keypoints"][1].numpy()) == json.loads(
        (source / "train_openpose/a/001.json").read_text()
    )
    assert record["num_planes"] == 6 and record["instances"].shape == (0,)


def test_videos_become_edges_and_empty_ones_are_quarantined(
    tmp_path, write_video, make_config
):
    write_video(tmp_path / "source/a.mp4", 5)
    (tmp_path / "source/b.mp4").write_bytes(b"")
    summary = prepare(tmp_path / "source", tmp_path / "out", make_config("edges"))
    assert [(bad.clip, bad.path) for bad in summary.bad] == [
        ("b", str(tmp_path / "source/b.mp4"))
    ]
    (record,) = records(tmp_path / "out")
    assert record["clip_id"] == b"a@000000" and record["num_frames"] == 5
    assert record["max_label"].shape == record["label_fractions"].shape == (0,)
    planes = clip_record.decode_planes(record["conditions"][0], 1)
    assert sorted(np.unique(planes)) == [0, 255]
