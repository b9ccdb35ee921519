"""What version 0.1 wrote goes on working: clips, records, a run, generated frames."""

from __future__ import annotations

import shutil
from pathlib import Path

import imageio.v3
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.export.saved_model import export
from v2v_tf.inference.generation import generate
from v2v_tf.storage import runs
from v2v_tf.training.trainer import train

pytestmark = pytest.mark.reference


@pytest.fixture(scope="module")
def run(legacy, tmp_path_factory) -> Path:
    """A copy: training on in it must not touch the original."""
    return Path(shutil.copytree(legacy / "run", tmp_path_factory.mktemp("old") / "run"))


def _records(folder: Path) -> dict[str, bytes]:
    """The features of every record by clip id, in an order of their own."""
    found = {}
    for file in sorted(folder.glob("*.tfrecord")):
        for record in tf.data.TFRecordDataset(str(file)).as_numpy_iterator():
            example = tf.train.Example.FromString(record)
            clip_id = example.features.feature["clip_id"].bytes_list.value[0]
            text = example.SerializeToString(deterministic=True)
            found[clip_id.decode()] = text
    return found


def _read(folder: Path) -> np.ndarray:
    return np.stack([imageio.v3.imread(p) for p in sorted(folder.glob("*.png"))])


def test_its_clips_give_the_same_records(legacy, tmp_path):
    config = configuration.load_config("test/toy_street", ("data.eval_fraction=0.3",))
    prepare(legacy / "clips", tmp_path / "records", config)
    made, before = _records(tmp_path / "records"), _records(legacy / "records")
    assert made.keys() == before.keys() and len(before) == 6
    assert made == before
    old, new = read_manifest(legacy / "records"), read_manifest(tmp_path / "records")
    assert old.label_histogram == new.label_histogram
    assert old.splits == new.splits
    # Options that came since have the values that 0.1 had fixed.
    for block, values in old.config.items():
        assert {**new.config[block], **values} == new.config[block]


def test_its_run_generates_the_same_frames(legacy, run, tmp_path):
    generate(run, legacy / "records", tmp_path / "out", split="eval")
    compared = 0
    for clip in sorted(p for p in (legacy / "generated").iterdir() if p.is_dir()):
        old = _read(clip / "frames")
        new = _read(tmp_path / "out" / clip.name / "frames")
        assert new.shape == old.shape
        assert np.abs(new.astype(int) - old).max() <= 1
        compared += len(old)
    assert compared == 12


def test_its_configuration_is_read_and_written_whole(legacy, tmp_path):
    config = runs.load_config(legacy / "run")
    assert (config.task, config.model, config.seed) == ("street", "vid2vid", 7)
    again = tmp_path / "config.yaml"
    again.write_text(configuration.to_yaml(config), encoding="utf-8")
    assert configuration.load_config(again) == config


@pytest.mark.slow
def test_its_run_is_finished_warm_starts_another_and_is_exported(legacy, run, tmp_path):
    config = runs.load_config(run)
    before = runs.checkpoints(run)
    train(config, legacy / "records", run)  # nothing is left to train
    assert runs.checkpoints(run) == before
    model = train(config, legacy / "records", tmp_path / "new", warm_start=run)
    assert model.generator.built and runs.checkpoints(tmp_path / "new")
    folder = export(run, tmp_path / "model")
    assert tf.saved_model.contains_saved_model(str(folder))
