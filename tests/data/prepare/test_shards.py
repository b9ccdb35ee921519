"""Record files are decided by clip ids, whatever the workers."""

from __future__ import annotations

import pytest
import tensorflow as tf

from tests.data.prepare.results import contents
from v2v_tf.data.prepare.planning import stable_hash
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records import clip as clip_record


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
    assert stable_hash("") == 0xE3B0C44298FC1C14


def test_shards_without_clips_are_empty_files(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    prepare(source, tmp_path / "out", make_config("street", "data.num_shards=4"))
    sizes = [p.stat().st_size for p in sorted((tmp_path / "out").glob("*.tfrecord"))]
    assert len(sizes) == 4 and sorted(sizes)[:3] == [0, 0, 0] and max(sizes) > 0


def test_the_same_input_gives_the_same_bytes(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3, "bb": 4, "ccc": 3})
    for out in ("one", "two"):
        prepare(source, tmp_path / out, make_config())
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.slow
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
    expected = contents(tmp_path / "one")
    for name in modes:
        assert contents(tmp_path / name) == expected, name
