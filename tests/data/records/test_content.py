"""Record files are told apart by their clips, without reading them."""

from __future__ import annotations

import json
import shutil

import pytest
import tensorflow as tf

from v2v_tf.data.records.content import check_whole, file_checksum, read_checksums
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError


def _write(path, *records: bytes):
    with tf.io.TFRecordWriter(str(path)) as writer:
        for record in records:
            writer.write(record)
    return path


def test_the_checksum_is_of_the_records_in_their_order(tmp_path):
    one = file_checksum(_write(tmp_path / "one", b"first", b"a second one"))
    again = file_checksum(_write(tmp_path / "again", b"first", b"a second one"))
    others = [
        file_checksum(_write(tmp_path / "other", *records))
        for records in (
            (b"a second one", b"first"),
            (b"first", b"a second 0ne"),
            (b"first",),
            (b"firsta second one",),
            (),
        )
    ]
    assert one == again and len({one, *others}) == 6


def test_a_file_that_is_cut_or_foreign_is_named(tmp_path):
    path = _write(tmp_path / "one.tfrecord", b"first", b"a second one")
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(InputError, match=r"one\.tfrecord: the file ends within"):
        file_checksum(path)
    path.write_bytes(b"\x89PNG\r\n\x1a\n, no record")
    with pytest.raises(InputError, match="is no TFRecord file"):
        file_checksum(path)


def test_prepare_notes_the_checksums_that_the_files_have(toy_data):
    manifest = read_manifest(toy_data)
    now = read_checksums(toy_data)
    assert list(now) == list(manifest.split("train").files)
    written = {name: now[name] for name in manifest.checksums}
    assert written and manifest.checksums == written
    check_whole(toy_data)


def test_a_file_of_other_records_is_refused(toy_data, tmp_path):
    data = shutil.copytree(toy_data, tmp_path / "data")
    name = next(iter(read_manifest(data).checksums))
    _write(data / name, b"another clip")
    with pytest.raises(InputError, match=f"{name} holds other clips than its manifest"):
        check_whole(data)
    # As version 0.1 wrote it.
    path = data / "manifest.json"
    values = json.loads(path.read_text())
    del values["checksums"]
    path.write_text(json.dumps(values))
    check_whole(data)
