"""Manifests that cannot be trusted are refused."""

from __future__ import annotations

import pytest

from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError


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
