"""Manifests that cannot be trusted are refused."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

from v2v_tf.data.input.dataset import read_clips
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


def test_rates_come_with_videos_and_travel_with_clips(
    tmp_path, write_video, write_street, make_config
):
    write_video(tmp_path / "source/a.mp4", 8)
    config = make_config("edges")
    prepare(tmp_path / "source", tmp_path / "out", config)
    (clip,) = read_manifest(tmp_path / "out").split("train").clips
    assert clip.fps == 25.0
    (read,) = read_clips(tmp_path / "out", config)
    assert (read.clip_id, read.fps) == ("a@000000", 25.0)
    prepare(write_street(tmp_path / "street", {"a": 3}), tmp_path / "b", make_config())
    (clip,) = read_manifest(tmp_path / "b").split("train").clips
    assert (
        clip.fps is None and '"fps"' not in (tmp_path / "b/manifest.json").read_text()
    )


def test_training_labels_are_those_of_the_training_clips(
    tmp_path, write_street, make_config
):
    source = write_street(tmp_path / "source", dict.fromkeys("abc", 3))
    config = make_config("street", "data.eval_fraction=0.3")
    prepare(source, tmp_path / "first", config)
    manifest = read_manifest(tmp_path / "first")
    held_out = {clip.clip_id[0] for clip in manifest.split("eval").clips}
    for path in source.glob("train_A/*/*"):
        label = 3 if path.parent.name in held_out else 1
        cv2.imwrite(str(path), np.full((32, 64), label, np.uint8))
    prepare(source, tmp_path / "second", config)
    manifest = read_manifest(tmp_path / "second")
    assert manifest.training_labels == (1,)
    # Version 0.1 counted all clips together.
    path = tmp_path / "second/manifest.json"
    values = json.loads(path.read_text())
    del values["training_labels"]
    path.write_text(json.dumps(values))
    assert read_manifest(tmp_path / "second").training_labels == (1, 3)
    path.write_text(json.dumps({**values, "label_histogram": []}))
    assert read_manifest(tmp_path / "second").training_labels is None
