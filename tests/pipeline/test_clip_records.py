import dataclasses
import json
import shutil

import pytest
import tensorflow as tf

from pipeline import clip_records
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records.content import check_whole
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError


@pytest.fixture
def records(tmp_path, write_street, prepared):
    """Clips of five sequences, none set aside."""
    return prepared(tmp_path / "records", dict.fromkeys("abcde", 4))


@pytest.fixture
def prepared(tmp_path, write_street, make_config):
    def make(folder, sequences, *overrides):
        source = write_street(folder.with_name(f"{folder.name}-source"), sequences)
        prepare(source, folder, make_config("street", *overrides))
        return folder

    return make


def _ids(folder, split):
    return [clip.clip_id for clip in read_manifest(folder).split(split).clips]


def test_splits_get_folders_and_stay_readable(tmp_path, prepared, make_config):
    half = "data.eval_fraction=0.5"
    folder = prepared(tmp_path / "out", dict.fromkeys("abcd", 4), half)
    before = {split: _ids(folder, split) for split in ("train", "eval")}
    assert clip_records.arrange_splits(folder) == ["train", "eval"]
    assert {split: _ids(folder, split) for split in before} == before
    for split, ids in before.items():
        files = sorted((folder / f"Split-{split}").iterdir())
        assert files and all(path.suffix == ".tfrecord" for path in files)
        read = [clip.clip_id for clip in read_clips(folder, make_config(), split)]
        assert read == ids
    assert not list(folder.glob("*.tfrecord"))


def test_ready_records_are_split_by_whole_sequences(tmp_path, prepared, make_config):
    short = "data.max_frames_per_record=5"
    source = prepared(tmp_path / "records", dict.fromkeys("abcd", 9), short)
    config = make_config("street", "data.eval_fraction=0.4")
    clip_records.copy(source, tmp_path / "out", config)
    train, held_out = (set(_ids(tmp_path / "out", s)) for s in ("train", "eval"))
    assert train | held_out == set(_ids(source, "train"))
    sequences = [{name.split("@")[0] for name in ids} for ids in (train, held_out)]
    assert all(sequences) and not sequences[0] & sequences[1]
    ids = [c.clip_id for c in read_clips(tmp_path / "out", config, "eval")]
    assert ids == _ids(tmp_path / "out", "eval")


def test_a_split_that_is_there_stays(tmp_path, prepared, make_config):
    half = "data.eval_fraction=0.5"
    source = prepared(tmp_path / "records", dict.fromkeys("abcdef", 4), half)
    clip_records.copy(source, tmp_path / "out", make_config())
    for split in ("train", "eval"):
        assert set(_ids(tmp_path / "out", split)) == set(_ids(source, split))


def test_a_sequence_in_both_splits_is_refused(tmp_path, records, make_config):
    manifest = read_manifest(records)
    train = manifest.split("train")
    both = {"train": train, "eval": dataclasses.replace(train)}
    text = dataclasses.replace(manifest, splits=both).to_json()
    (records / "manifest.json").write_text(text)
    with pytest.raises(InputError, match="is in both splits"):
        clip_records.copy(records, tmp_path / "out", make_config())


def test_another_task_is_refused(tmp_path, records, make_config):
    with pytest.raises(InputError, match="clips of task street, the experiment is for"):
        clip_records.copy(records, tmp_path / "out", make_config("face"))


def test_one_sequence_is_too_few(tmp_path, prepared, make_config):
    source = prepared(tmp_path / "records", {"a": 4})
    with pytest.raises(InputError, match=r"hold 1 sequence\(s\)"):
        clip_records.copy(source, tmp_path / "out", make_config())


def test_a_manifest_that_lies_is_refused(tmp_path, records, make_config):
    path = records / "manifest.json"
    values = json.loads(path.read_text())
    values["splits"]["train"]["clips"][2]["num_frames"] = 9
    path.write_text(json.dumps(values))
    with pytest.raises(InputError, match="num_frames=4.* where manifest.json says"):
        clip_records.copy(records, tmp_path / "out", make_config())
    assert not (tmp_path / "out/manifest.json").exists()


def test_records_that_are_none_are_refused(tmp_path, records, make_config):
    name = next(f for f in read_manifest(records).split("train").files)
    with tf.io.TFRecordWriter(str(records / name)) as writer:
        writer.write(b"\x0a\x00")
    with pytest.raises(InputError, match="not a clip record"):
        clip_records.copy(records, tmp_path / "out", make_config())


def test_a_damaged_file_is_named(tmp_path, records, make_config):
    shutil.copytree(records, tmp_path / "damaged")
    name = next(
        file
        for file in read_manifest(records).split("train").files
        if (records / file).stat().st_size
    )
    data = bytearray((tmp_path / "damaged" / name).read_bytes())
    data[40] ^= 255
    (tmp_path / "damaged" / name).write_bytes(data)
    with pytest.raises(InputError, match=f"{name}: a damaged record file"):
        clip_records.copy(tmp_path / "damaged", tmp_path / "out", make_config())


def test_rates_and_checksums_travel_with_the_records(
    tmp_path, write_video, make_config
):
    for name in "ab":
        write_video(tmp_path / f"source/{name}.mp4", 4)
    config = make_config("edges", "data.eval_fraction=0.5")
    prepare(tmp_path / "source", tmp_path / "records", config)
    clip_records.copy(tmp_path / "records", tmp_path / "out", config)
    assert clip_records.arrange_splits(tmp_path / "out") == ["train", "eval"]
    manifest = read_manifest(tmp_path / "out")
    clips = [clip for split in manifest.splits.values() for clip in split.clips]
    assert [clip.fps for clip in clips] == [25.0, 25.0]
    files = {name for split in manifest.splits.values() for name in split.files}
    assert set(manifest.checksums) == files
    assert all(name.startswith("Split-") for name in files)
    check_whole(tmp_path / "out")
