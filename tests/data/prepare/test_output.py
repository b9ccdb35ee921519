"""Folders of others are never touched, and records are replaced only whole."""

from __future__ import annotations

import pytest

from tests.data.prepare.results import contents, quarantine, records
from v2v_tf.data.prepare import shards as prepare_shards
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.errors import InputError


def test_records_are_never_overwritten_silently(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3, "b": 3})
    out = tmp_path / "out"
    prepare(source, out, make_config())
    (out / "notes.txt").write_text("mine")
    before = contents(out)
    with pytest.raises(
        InputError, match="already holds .*set of records .*--overwrite"
    ):
        prepare(source, out, make_config())
    assert contents(out) == before
    config = make_config("street", "data.num_shards=1")
    prepare(source, out, config, overwrite=True)
    assert sorted(contents(out)) == [
        "config.yaml",
        "manifest.json",
        "notes.txt",
        "quarantine.jsonl",
        "train-00000-of-00001.tfrecord",
    ]
    assert len(records(out)) == 2


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
    before = contents(out)
    refusal = "no set of records" if overwrite else "already holds something"
    with pytest.raises(InputError, match=refusal):
        prepare(source, out, make_config(), overwrite=overwrite)
    assert contents(out) == before


def test_what_a_failed_call_left_is_no_hindrance(tmp_path, write_street, make_config):
    source = write_street(tmp_path / "source", {"a": 3})
    image = source / "train_B/a/a_0001.png"
    good = image.read_bytes()
    image.write_bytes(b"")
    out = tmp_path / "out"
    assert not prepare(source, out, make_config()).accepted
    assert sorted(contents(out)) == ["quarantine.jsonl"]
    # As a killed process leaves it.
    (out / ".prepare").mkdir()
    (out / ".prepare/train-00000-of-00002.tfrecord.partial").write_bytes(b"x")
    image.write_bytes(good)
    assert prepare(source, out, make_config()).accepted
    assert not (out / ".prepare").exists() and quarantine(out) == []


def test_overwriting_with_nothing_good_keeps_the_old_records(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", {"a": 3})
    out = tmp_path / "out"
    prepare(source, out, make_config())
    before = contents(out)
    (source / "train_B/a/a_0001.png").write_bytes(b"")
    summary = prepare(source, out, make_config(), overwrite=True)
    assert summary.num_clips == {"train": 0} and not summary.accepted
    after = contents(out)
    assert len(quarantine(out)) == 1
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
