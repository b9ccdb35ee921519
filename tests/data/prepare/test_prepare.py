import io
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.data import flow as flows
from v2v_tf.data.prepare import clip as prepare_clip
from v2v_tf.data.prepare import progress as prepare_progress
from v2v_tf.data.prepare import shards as prepare_shards
from v2v_tf.data.prepare.clip import ClipSpan, split_frames
from v2v_tf.data.prepare.prepare import prepare, split_names
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError

NO_INSTANCES = "conditioning.street.use_instances=false"
# Clips may be still, and dark.
STILL, DARK = "data.min_flow=-1", "data.max_black_fraction=2"


def _records(folder: Path) -> list[dict[str, tf.Tensor]]:
    files = sorted(str(path) for path in folder.glob("*.tfrecord"))
    return [clip_record.parse_example(r) for r in tf.data.TFRecordDataset(files)]


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def _quarantine(folder: Path) -> list[dict[str, str]]:
    lines = (folder / "quarantine.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("num_frames", "expected"),
    [
        (3, [(0, 3)]),
        (10, [(0, 10)]),
        (11, [(0, 5), (5, 11)]),
        (25, [(0, 8), (8, 16), (16, 25)]),
    ],
)
def test_long_sequences_are_cut_evenly(num_frames, expected):
    assert split_frames(num_frames, 10) == [ClipSpan(*pair) for pair in expected]


def test_every_frame_is_in_exactly_one_clip():
    for num_frames in range(1, 60):
        spans = split_frames(num_frames, 7)
        frames = [t for span in spans for t in range(span.start, span.stop)]
        assert frames == list(range(num_frames))
        assert max(span.stop - span.start for span in spans) <= 7


def test_a_record_holds_what_the_source_shows(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 4})
    summary = prepare(source, tmp_path / "out", make_config())
    assert summary.num_clips == {"train": 1} and summary.num_frames == {"train": 4}
    assert summary.bad == () and summary.accepted
    (record,) = _records(tmp_path / "out")
    assert record["clip_id"] == b"a@000000" and record["task"] == b"street"
    image = cv2.imread(str(source / "train_B/a/a_0002.png"))[..., ::-1]
    frame = clip_record.decode_frame(record["frames"][2])
    np.testing.assert_array_equal(frame, image)
    labels = cv2.imread(str(source / "train_A/a/a_0002.png"), cv2.IMREAD_UNCHANGED)
    planes = clip_record.decode_planes(record["conditions"][2], 1)
    np.testing.assert_array_equal(planes[..., 0], labels)
    instances = clip_record.decode_instances(record["instances"][2])
    np.testing.assert_array_equal(instances, labels.astype(np.int32) * 1000 + 7)
    # The texture moves left by one pixel a frame, so it came from one to the right.
    flow, _ = flows.decode_flow(record["flows"][1].numpy())
    np.testing.assert_allclose(np.median(flow, axis=(0, 1)), [1.0, 0.0], atol=0.1)
    assert float(record["confident_fraction"][0]) > 0.8
    assert float(record["flow_p95"][0]) == pytest.approx(1.0, abs=0.3)
    assert record["max_label"].numpy().tolist() == [4]
    fractions = np.zeros(5)
    for t in range(4):
        path = source / f"train_A/a/a_{t:04d}.png"
        values = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        fractions += np.bincount(values.ravel(), minlength=5) / (4 * 32 * 64)
    np.testing.assert_allclose(record["label_fractions"], fractions, atol=1e-6)


def test_luma_and_black_of_a_known_frame(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    image = np.full((32, 64, 3), 102, np.uint8)
    image[:, :16] = 10
    for path in (source / "train_B/a").iterdir():
        cv2.imwrite(str(path), image)
    prepare(source, tmp_path / "out", make_config("street", STILL))
    (record,) = _records(tmp_path / "out")
    assert float(record["mean_luma"]) == pytest.approx((102 * 3 + 10) / 4 / 255)
    assert float(record["black_fraction"]) == 0.25


def test_manifest_counts_what_is_there(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 4, "bb": 9, "ccc": 2})
    config = make_config("street", "data.max_frames_per_record=5")
    summary = prepare(source, tmp_path / "out", config)
    assert summary.num_clips == {"train": 3} and summary.num_frames == {"train": 13}
    manifest = read_manifest(tmp_path / "out")
    clips = {clip.clip_id: clip for clip in manifest.split("train").clips}
    assert {name: c.num_frames for name, c in clips.items()} == {
        "a@000000": 4,
        "bb@000000": 4,
        "bb@000004": 5,
    }
    assert (clips["a@000000"].height, clips["a@000000"].width) == (32, 64)
    assert manifest.task == "street" and manifest.has_instances
    assert not manifest.has_keypoints and manifest.num_quarantined == 1
    assert sum(manifest.label_histogram) == 13 * 32 * 64
    assert [r["clip_id"].numpy().decode() for r in _records(tmp_path / "out")] == [
        clip.clip_id for clip in manifest.split("train").clips
    ]
    assert _quarantine(tmp_path / "out") == [
        {
            "path": str(source / "train_A/ccc"),
            "clip": "ccc",
            "reason": "2 complete consecutive frames, data.min_frames is 3",
        }
    ]
    assert configuration.load_config(tmp_path / "out/config.yaml") == config
    with pytest.raises(InputError, match="no split 'eval', only train"):
        manifest.split("eval")


def test_own_flow_is_taken_and_resized(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    flow = np.zeros((32, 64, 2), np.float32)
    flow[..., 0], flow[..., 1] = 6.0, -3.0
    confidence = np.ones((32, 64), np.float32)
    confidence[:16] = 0
    (source / "train_flow/a").mkdir(parents=True)
    for t in (1, 2):
        path = source / f"train_flow/a/a_{t:04d}.png"
        path.write_bytes(flows.encode_flow(flow * t, confidence))
    config = make_config("street", "data.resize.load_size=128")
    prepare(source, tmp_path / "out", config)
    (record,) = _records(tmp_path / "out")
    stored, trust = flows.decode_flow(record["flows"][1].numpy())
    assert stored.shape == (64, 128, 2)
    np.testing.assert_array_equal(stored[40, 70], [24.0, -12.0])
    assert trust[:30].max() == 0 and trust[34:].min() == 1


def test_flow_of_another_size_is_quarantined(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3, "b": 3})
    for name in ("a", "b"):
        (source / f"train_flow/{name}").mkdir(parents=True)
        height = 32 if name == "a" else 30
        for t in (1, 2):
            path = source / f"train_flow/{name}/{name}_{t:04d}.png"
            zeros, ones = np.zeros((height, 64, 2)), np.ones((height, 64))
            path.write_bytes(flows.encode_flow(zeros, ones))
    summary = prepare(source, tmp_path / "out", make_config("street", STILL))
    (bad,) = summary.bad
    assert bad.clip == "b@000000"
    assert "expected a flow of 64x32 as the frames, got 64x30" in bad.reason


def test_shards_follow_the_clip_id_alone(tmp_path, write_street, make_config):
    names = {f"s{i}": 3 for i in range(6)}
    # The first 8 bytes of the SHA-256 of `s0@000000` and so on, modulo 3.
    shards = {"s0": 0, "s1": 1, "s2": 2, "s3": 0, "s4": 1, "s5": 2}
    source = write_street(tmp_path / "source", names)
    config = make_config("street", "data.num_shards=3")
    prepare(source, tmp_path / "out", config)
    for index in range(3):
        path = tmp_path / f"out/train-{index:05d}-of-00003.tfrecord"
        ids = [
            clip_record.parse_example(r)["clip_id"].numpy().decode()
            for r in tf.data.TFRecordDataset(str(path))
        ]
        assert ids == [f"{n}@000000" for n, shard in shards.items() if shard == index]
    # The first 8 bytes of the SHA-256 of nothing.
    assert prepare_shards.stable_hash("") == 0xE3B0C44298FC1C14


def test_shards_without_clips_are_empty_files(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    prepare(source, tmp_path / "out", make_config("street", "data.num_shards=4"))
    sizes = [p.stat().st_size for p in sorted((tmp_path / "out").glob("*.tfrecord"))]
    assert len(sizes) == 4 and sorted(sizes)[:3] == [0, 0, 0] and max(sizes) > 0


def test_the_same_input_gives_the_same_bytes(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3, "bb": 4, "ccc": 3})
    for out in ("one", "two"):
        prepare(source, tmp_path / out, make_config())
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")


def test_workers_do_not_change_a_byte(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {f"s{i}": 4 for i in range(5)})
    (source / "train_B/s3/s3_0001.png").write_bytes(b"no image")
    config = make_config("street", "data.num_shards=4")
    modes = {
        "one": (),
        "threads": (
            "--direct_running_mode=multi_threading",
            "--direct_num_workers=2",
        ),
        "processes": (
            "--direct_running_mode=multi_processing",
            "--direct_num_workers=2",
        ),
        "single": (
            "--direct_running_mode=multi_processing",
            "--direct_num_workers=1",
        ),
    }
    for name, beam_args in modes.items():
        summary = prepare(source, tmp_path / name, config, beam_args)
        assert summary.num_clips == {"train": 4} and len(summary.bad) == 1
    expected = _contents(tmp_path / "one")
    for name in modes:
        assert _contents(tmp_path / name) == expected, name


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
    assert summary.bad_fraction == pytest.approx(5 / 6)
    reasons = {
        entry["clip"]: entry["reason"] for entry in _quarantine(tmp_path / "out")
    }
    assert list(reasons) == sorted(reasons)
    assert "label_0001.png: label ids must be 0 .. 4, got 5" in reasons["label@000000"]
    assert "image_0002.png: not a readable image" in reasons["image@000000"]
    assert "size_0001.png" in reasons["size@000000"]
    assert "64x32" in reasons["size@000000"] and "64x30" in reasons["size@000000"]
    assert "2 in inst" in reasons["count"]
    assert "data.min_frames is 3" in reasons["short"]
    (record,) = _records(tmp_path / "out")
    assert record["clip_id"] == b"good@000000"


def test_a_bad_frame_costs_its_clip_and_not_the_sequence(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", {"a": 9})
    (source / "train_B/a/a_0004.png").write_bytes(b"x")
    config = make_config(
        "street", "data.max_frames_per_record=5", "data.max_bad_fraction=0.5"
    )
    summary = prepare(source, tmp_path / "out", config)
    assert [bad.clip for bad in summary.bad] == ["a@000004"]
    assert summary.num_clips == {"train": 1} and summary.accepted


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
    reasons = {bad.clip: bad.reason for bad in summary.bad}
    assert sorted(reasons) == ["huge@000000", "loop@000000", "nested@000000"]
    assert "train_img/huge/001.png: not a readable image" in reasons["huge@000000"]
    assert "train_img/loop/000.png: cannot be read" in reasons["loop@000000"]
    assert "nested/002.json: not valid JSON" in reasons["nested@000000"]


def test_a_clip_too_large_for_a_record_is_put_aside(
    tmp_path, write_street, make_config, monkeypatch
):
    source = write_street(tmp_path / "source", {"a": 3, "b": 9})
    prepare(source, tmp_path / "whole", make_config())
    sizes = {}
    for record in _records(tmp_path / "whole"):
        encoded = [record[k] for k in ("frames", "conditions", "instances", "flows")]
        sizes[record["clip_id"].numpy()] = sum(
            len(value) for values in encoded for value in values.numpy()
        )
    # Nothing as large as the real bound fits into a test.
    monkeypatch.setattr(prepare_clip, "MAX_RECORD_BYTES", sizes[b"a@000000"])
    summary = prepare(source, tmp_path / "out", make_config())
    assert summary.num_frames == {"train": 3}
    (bad,) = summary.bad
    assert bad.clip == "b@000000"
    assert bad.reason.endswith("lower data.max_frames_per_record")
    assert " of 9 frames fill" in bad.reason
    monkeypatch.setattr(prepare_clip, "MAX_RECORD_BYTES", sizes[b"a@000000"] - 1)
    with_less = prepare(source, tmp_path / "less", make_config())
    assert [bad.clip for bad in with_less.bad] == ["a@000000", "b@000000"]


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
    first = tmp_path / "source/train_keypoints/b/0.txt"
    assert reasons["b@000000"].startswith(f"{first}: landmarks must be 68 finite")
    assert "got shape [67, 2]" in reasons["b@000000"]
    (record,) = _records(tmp_path / "out")
    assert record["clip_id"] == b"a@000000" and record["instances"].shape == (3,)


def test_poses_without_people_are_quarantined(tmp_path, write_pose, make_config):
    source = write_pose(tmp_path / "source", 7)
    (source / "train_openpose/a/005.json").write_text('{"people": []}')
    config = make_config("pose", "data.max_frames_per_record=5")
    summary = prepare(source, tmp_path / "out", config)
    assert [bad.clip for bad in summary.bad] == ["a@000003"]
    assert "005.json: expected an OpenPose JSON with people" in summary.bad[0].reason
    (record,) = _records(tmp_path / "out")
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
    (record,) = _records(tmp_path / "out")
    assert record["clip_id"] == b"a@000000" and record["num_frames"] == 5
    assert record["max_label"].shape == record["label_fractions"].shape == (0,)
    planes = clip_record.decode_planes(record["conditions"][0], 1)
    assert sorted(np.unique(planes)) == [0, 255]


def test_records_are_never_overwritten_silently(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3, "b": 3})
    out = tmp_path / "out"
    prepare(source, out, make_config())
    (out / "notes.txt").write_text("mine")
    before = _contents(out)
    with pytest.raises(
        InputError, match="already holds .*set of records .*--overwrite"
    ):
        prepare(source, out, make_config())
    assert _contents(out) == before
    config = make_config("street", "data.num_shards=1")
    prepare(source, out, config, overwrite=True)
    assert sorted(_contents(out)) == [
        "config.yaml",
        "manifest.json",
        "notes.txt",
        "quarantine.jsonl",
        "train-00000-of-00001.tfrecord",
    ]
    assert len(_records(out)) == 2


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize(
    "files",
    [
        {"config.yaml": "task: street\n", "history.jsonl": "{}\n"},
        {"quarantine.jsonl": '{"mine": 1}\n'},
        {"quarantine.jsonl": "not JSON"},
        {"manifest.json": '{"name": "an app"}', "config.yaml": "a: 1\n"},
        {"manifest.json": "[1]"},
        {"train-00000-of-00008.tfrecord": "of another program"},
    ],
    ids=["run", "quarantine", "text", "manifest", "list", "records"],
)
def test_a_folder_of_something_else_is_never_written(
    tmp_path, write_street, make_config, files, overwrite
):
    source = write_street(tmp_path / "source", {"a": 3})
    out = tmp_path / "out"
    out.mkdir()
    for name, text in files.items():
        (out / name).write_text(text)
    before = _contents(out)
    refusal = "no set of records" if overwrite else "already holds something"
    with pytest.raises(InputError, match=refusal):
        prepare(source, out, make_config(), overwrite=overwrite)
    assert _contents(out) == before


def test_what_a_failed_call_left_is_no_hindrance(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    image = source / "train_B/a/a_0001.png"
    good = image.read_bytes()
    image.write_bytes(b"")
    out = tmp_path / "out"
    assert not prepare(source, out, make_config()).accepted
    assert sorted(_contents(out)) == ["quarantine.jsonl"]
    # As a killed process leaves it.
    (out / ".prepare").mkdir()
    (out / ".prepare/train-00000-of-00002.tfrecord.partial").write_bytes(b"x")
    image.write_bytes(good)
    assert prepare(source, out, make_config()).accepted
    assert not (out / ".prepare").exists() and _quarantine(out) == []


def test_overwriting_with_nothing_good_keeps_the_old_records(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", {"a": 3})
    out = tmp_path / "out"
    prepare(source, out, make_config())
    before = _contents(out)
    (source / "train_B/a/a_0001.png").write_bytes(b"")
    summary = prepare(source, out, make_config(), overwrite=True)
    assert summary.num_clips == {"train": 0} and not summary.accepted
    after = _contents(out)
    assert len(_quarantine(out)) == 1
    assert {**after, "quarantine.jsonl": b""} == before


def test_a_failure_leaves_neither_records_nor_a_folder(
    tmp_path, write_street, make_config, monkeypatch
):
    source = write_street(tmp_path / "source", {"a": 3})

    def fail(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(prepare_shards.clip_record, "serialize", fail)
    with pytest.raises(OSError, match="disk full"):
        prepare(source, tmp_path / "out", make_config())
    assert not (tmp_path / "out").exists()


def test_output_that_is_a_file_is_refused(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    (tmp_path / "out").write_text("x")
    with pytest.raises(InputError, match="is a file: name a folder"):
        prepare(source, tmp_path / "out", make_config())


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("data.num_shards=0", "num_shards"),
        ("data.min_frames=0", "min_frames"),
        ("data.jpeg_quality=0", "jpeg_quality"),
        ("data.eval_fraction=1.0", "eval_fraction"),
        ("data.max_frames_per_record=4", "twice data.min_frames"),
    ],
)
def test_impossible_settings_are_refused(tmp_path, make_config, override, message):
    with pytest.raises(InputError, match=message):
        prepare(tmp_path, tmp_path / "out", make_config("street", override))
    assert not (tmp_path / "out").exists()


def test_eval_takes_whole_sequences_by_name(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {f"s{i}": 8 for i in range(4)})
    config = make_config(
        "street", "data.eval_fraction=0.4", "data.max_frames_per_record=5"
    )
    summary = prepare(source, tmp_path / "out", config)
    assert sum(summary.num_clips.values()) == 8
    manifest = read_manifest(tmp_path / "out")
    names = {
        split: {clip.clip_id.split("@")[0] for clip in manifest.split(split).clips}
        for split in ("train", "eval")
    }
    # The SHA-256 of s3 begins with 0.25 of its range, those of the others with 0.68,
    # 0.91 and 0.92.
    assert names == {"train": {"s0", "s1", "s2"}, "eval": {"s3"}}
    assert (tmp_path / "out/eval-00001-of-00002.tfrecord").exists()


def test_splits_leave_one_sequence_in_each():
    names = [f"clip{i}" for i in range(200)]
    splits = split_names(names, 0.25)
    assert 30 <= sum(split == "eval" for split in splits.values()) <= 70
    assert set(split_names(names, 0.0).values()) == {"train"}
    assert split_names(["only"], 0.9) == {"only": "train"}
    assert sorted(split_names(["a", "b"], 0.999999).values()) == ["eval", "train"]
    assert sorted(split_names(["a", "b"], 1e-9).values()) == ["eval", "train"]
    # A sequence keeps its split when others come.
    more = split_names([*names, "later"], 0.25)
    assert {name: more[name] for name in names} == splits


def test_progress_adds_up_the_marks_of_all_workers(tmp_path, monkeypatch):
    board = prepare_progress.ProgressBoard(tmp_path)
    board.planned("a", 3)
    board.planned("b", 4)
    board.start_shard("one")
    board.clip_done("one")
    board.start_shard("two")
    for _ in range(4):
        board.clip_done("two")
    assert board.counts() == (5, 7)
    board.start_shard("two")
    assert board.counts() == (1, 7)
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    with prepare_progress.show_progress(board):
        for _ in range(6):
            board.clip_done("one")
    assert "7/7" in stream.getvalue() and "clip/s" in stream.getvalue()


def test_manifests_that_cannot_be_trusted_are_refused(
    tmp_path, write_street, make_config
):
    with pytest.raises(InputError, match="no manifest.json.*v2v-tf prepare"):
        read_manifest(tmp_path)
    source = write_street(tmp_path / "source", {"a": 3})
    prepare(source, tmp_path / "out", make_config())
    path = tmp_path / "out/manifest.json"
    text = path.read_text()
    path.write_text(text.replace('"format_version": 1', '"format_version": 2'))
    with pytest.raises(InputError, match="format_version 2, expected 1"):
        read_manifest(tmp_path / "out")
    path.write_text("{")
    with pytest.raises(InputError, match="not a manifest of this version"):
        read_manifest(tmp_path / "out")
    path.write_text(text)
    (tmp_path / "out/train-00001-of-00002.tfrecord").unlink()
    with pytest.raises(InputError, match="names train-00001-of-00002.tfrecord"):
        read_manifest(tmp_path / "out")


@pytest.mark.reference
@pytest.mark.parametrize(
    ("task", "overrides", "num_planes", "size"),
    [
        ("street", (NO_INSTANCES, "conditioning.street.num_labels=35"), 1, (64, 128)),
        ("face", (), 15, (128, 128)),
        ("pose", ("data.resize.scale=height",), 6, (128, 224)),
    ],
)
def test_real_clips(
    reference, tmp_path, make_config, task, overrides, num_planes, size
):
    config = make_config(task, "data.resize.load_size=128", *overrides)
    summary = prepare(reference / "data" / task, tmp_path / "out", config)
    assert summary.bad == () and summary.num_clips == {"train": 1}
    (record,) = _records(tmp_path / "out")
    assert int(record["num_planes"]) == num_planes
    assert (int(record["height"]), int(record["width"])) == size
    for frame, planes in zip(record["frames"], record["conditions"], strict=True):
        assert clip_record.decode_frame(frame).shape == (*size, 3)
        decoded = clip_record.decode_planes(planes, num_planes).numpy()
        assert decoded.any(axis=(0, 1)).all()
    assert float(record["confident_fraction"][0]) > 0.5
    assert len(record["keypoints"]) == (5 if task == "pose" else 0)
    assert len(record["instances"]) == (5 if task == "face" else 0)


@pytest.mark.reference
def test_real_videos(reference, tmp_path, make_config):
    config = make_config("edges", "data.max_frames_per_record=100")
    summary = prepare(reference / "data/video", tmp_path / "out", config)
    assert summary.bad == () and summary.num_frames == {"train": 370}
    lengths = {
        clip.clip_id: clip.num_frames
        for clip in read_manifest(tmp_path / "out").split("train").clips
    }
    assert lengths == {
        "bikes@000000": 83,
        "bikes@000083": 83,
        "bikes@000166": 84,
        "carphone_pristine@000000": 60,
        "carphone_pristine@000060": 60,
    }
