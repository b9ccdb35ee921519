"""Counts, settings and splits of `prepare`, and the reference data prepared."""

from __future__ import annotations

import pytest

from tests.data.prepare.results import quarantine, records
from v2v_tf import config as configuration
from v2v_tf.data.prepare.prepare import prepare, split_names
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError

NO_INSTANCES = "conditioning.street.use_instances=false"


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
    assert [r["clip_id"].numpy().decode() for r in records(tmp_path / "out")] == [
        clip.clip_id for clip in manifest.split("train").clips
    ]
    assert quarantine(tmp_path / "out") == [
        {
            "path": str(source / "train_A/ccc"),
            "clip": "ccc",
            "reason": "2 complete consecutive frames, data.min_frames is 3",
            "num_frames": 2,
        }
    ]
    assert configuration.load_config(tmp_path / "out/config.yaml") == config
    with pytest.raises(InputError, match="no split 'eval', only train"):
        manifest.split("eval")


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
    (record,) = records(tmp_path / "out")
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
    assert summary.lost == () and summary.num_frames == {"train": 370}
    # One is 4:3, the other wider than 2:1.
    assert {note.clip[:-7] for note in summary.notes} == {"carphone_pristine"}
    assert all("of another shape" in note.reason for note in summary.notes)
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
