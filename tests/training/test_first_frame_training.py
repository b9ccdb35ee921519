"""The same `train` for the network of single images."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.inference.loading import open_run
from v2v_tf.models.first_frame.model import FirstFrameModel
from v2v_tf.storage import runs
from v2v_tf.training.trainer import train

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def graph_options():
    """Puts back what training sets for the whole process."""
    before = tf.config.optimizer.get_experimental_options()
    yield
    tf.config.optimizer.set_experimental_options(
        {"disable_meta_optimizer": before.get("disable_meta_optimizer", False)}
    )


def tiny(*overrides: str):
    return configuration.load_config("test/toy_street_first_frame", overrides)


@pytest.fixture(scope="module")
def run(toy_data, tmp_path_factory):
    """A run folder, its configuration and its model."""
    config = tiny("previews.frames=3", "previews.clips=1", "optimizer.ema_decay=0.9")
    folder = tmp_path_factory.mktemp("images") / "run"
    return folder, config, train(config, toy_data, folder)


@pytest.mark.slow
def test_a_run_of_single_images(run):
    folder, config, model = run
    assert isinstance(model, FirstFrameModel)
    # Two epochs of two steps; a clip of two frames is two chunks.
    assert int(model.generator_optimizer.iterations) == 8
    history = json.loads((folder / "history.json").read_text())
    assert [epoch["epoch"] for epoch in history] == [1, 2]
    assert set(history[1]) == {
        *("epoch", "generator/gan", "generator/feature_matching", "generator/l1"),
        *("generator/total", "discriminator/image_real", "discriminator/image_fake"),
        "discriminator/total",
    }
    values = [value for epoch in history for value in epoch.values()]
    assert all(math.isfinite(value) for value in values)
    assert runs.load_config(folder) == config
    # Previews show all frames: none of them is history.
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["num_frames"] == 3
    assert len(list((folder / "samples").glob("epoch_0002_*.mp4"))) == 1


@pytest.mark.slow
def test_what_is_loaded_is_the_moving_average(run):
    folder, _, model = run
    loaded = open_run(folder).generator
    average = model.moving_average.generator
    for one, other in zip(loaded.weights, average.weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_the_same_command_finds_nothing_left_to_do(run, toy_data):
    folder, config, model = run
    again = train(config, toy_data, folder)
    assert int(again.generator_optimizer.iterations) == 8
    for one, other in zip(again.weights, model.weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_what_cannot_train_is_refused_before_a_folder_is_made(toy_data, tmp_path):
    flow = tiny("curriculum.0.kind=flow")
    with pytest.raises(InputError, match="stage 'tiny' trains flow"):
        train(flow, toy_data, tmp_path / "run")
    deep = tiny("first_frame.num_downsamples=6")
    with pytest.raises(InputError, match="64x32 must be divisible by 64"):
        train(deep, toy_data, tmp_path / "run")
    with pytest.raises(InputError, match="9 frames that were asked for"):
        train(tiny("curriculum.0.num_frames=9"), toy_data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_two_devices_train_the_same_as_one():
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.replicas", "sgd", "first_frame"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[-1])
    # Generator, discriminator, moving average.
    assert len(found["weights"]) == 3
    assert max(found["weights"]) < 1e-5 and min(found["moved"]) > 2e-5
    assert found["outputs"] < 1e-4
    one, two = found["losses"]
    assert one == pytest.approx(two, rel=1e-4)
    # Two steps of six frames, two frames a time.
    assert found["steps"] == [6, 6]
