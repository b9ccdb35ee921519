"""A run that brings the network of its first frames."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from v2v_tf import from_pretrained, load_config
from v2v_tf.errors import InputError
from v2v_tf.export.saved_model import export
from v2v_tf.storage import runs
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.training.bundling import bundle, check_bundle


@pytest.fixture(scope="module")
def image_run(tmp_path_factory, save_run) -> Path:
    folder = tmp_path_factory.mktemp("image_run") / "run"
    save_run(load_config("test/toy_street_first_frame"), folder)
    return folder


@pytest.fixture
def bundled_run(tmp_path, save_run, image_run) -> Path:
    config = load_config("test/toy_street")
    check_bundle(config, image_run)
    save_run(config, tmp_path / "run")
    bundle(tmp_path / "run", image_run)
    return tmp_path / "run"


@pytest.fixture
def labels(tmp_path) -> Path:
    write_clips(tmp_path / "clips", 1, 6, (32, 64), seed=3)
    for kind in ("train_B", "train_flow", "train_depth", "train_visible"):
        shutil.rmtree(tmp_path / "clips" / kind, ignore_errors=True)
    return tmp_path / "clips"


@pytest.mark.slow
def test_labels_alone_begin_with_its_frames(bundled_run, labels):
    frames = list(from_pretrained(bundled_run).generate(labels))
    assert [f.origin for f in frames] == ["first"] * 2 + ["generated"] * 4
    alone = from_pretrained(bundled_run / runs.FIRST_FRAME_FOLDER).generate(labels)
    for frame, other in zip(frames[:2], alone, strict=False):
        np.testing.assert_array_equal(frame.image, other.image)


@pytest.mark.slow
def test_an_export_carries_it(bundled_run, labels, tmp_path):
    export(bundled_run, tmp_path / "models")
    here = list(from_pretrained(bundled_run).generate(labels))
    there = list(from_pretrained(tmp_path / "models").generate(labels))
    assert [f.origin for f in there] == [f.origin for f in here]
    for one, other in zip(here, there, strict=True):
        difference = one.image.astype(int) - other.image
        assert np.abs(difference).max() <= 1


def test_a_second_call_keeps_what_is_there(bundled_run, image_run, tmp_path):
    config = bundled_run / runs.FIRST_FRAME_FOLDER / runs.CONFIG_FILE
    config.write_text(config.read_text() + "# mine\n")
    bundle(bundled_run, image_run)
    assert config.read_text().endswith("# mine\n")


@pytest.mark.parametrize(
    ("preset", "changes", "said"),
    [
        ("test/toy_street_first_frame", (), "goes with a video model"),
        ("test/toy_street", ("generator.first_frames=zeros",), "begins with past"),
        ("test/toy_street", ("data.resize.load_size=128",), "data.resize"),
    ],
)
def test_what_does_not_go_together_is_said(image_run, preset, changes, said):
    with pytest.raises(InputError, match=said):
        check_bundle(load_config(preset, changes), image_run)
