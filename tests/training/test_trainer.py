"""Training by a curriculum on a tiny toy street."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.storage import runs
from v2v_tf.training import curriculum
from v2v_tf.training.preparation import check_stages
from v2v_tf.training.trainer import train


@pytest.fixture(autouse=True)
def graph_options():
    """Puts back what training sets for the whole process."""
    before = tf.config.optimizer.get_experimental_options()
    yield
    tf.config.optimizer.set_experimental_options(
        {"disable_meta_optimizer": before.get("disable_meta_optimizer", False)}
    )


def tiny(*overrides: str) -> Config:
    """One epoch of two steps of flow alone, the cheapest run there is."""
    config = configuration.load_config("test/toy_street", overrides)
    return dataclasses.replace(config, curriculum=config.curriculum[:1])


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory, toy_config, toy_data):
    """A run through both stages, flow and GAN, and its model."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    return folder, train(toy_config, toy_data, folder)


@pytest.mark.slow
def test_a_run_leaves_config_checkpoints_logs_and_history(whole_run, toy_config):
    folder, model = whole_run
    assert runs.load_config(folder) == toy_config
    assert [step for step, _ in runs.checkpoints(folder)] == [4, 2]
    assert any((folder / "train").glob("events.out.tfevents.*"))
    assert any((folder / "validation").glob("events.out.tfevents.*"))
    videos = {path.name for path in (folder / "samples").iterdir()}
    assert videos == {
        f"epoch_000{epoch}_toy_000{clip}@000000.mp4"
        for epoch, clip in ((1, 0), (1, 1), (2, 0), (2, 1))
    }
    metrics = json.loads((folder / "metrics.json").read_text())
    assert {"psnr", "ssim", "warping_error", "flow_error"} <= metrics.keys()
    flow, gan = json.loads((folder / "history.json").read_text())
    assert (flow["epoch"], gan["epoch"]) == (1, 2)
    assert set(flow) == {
        *("epoch", "generator/total", "generator/flow_l1", "generator/flow_warp"),
    }
    assert {
        *("generator/gan", "generator/feature_matching", "generator/l1"),
        *("generator/warp", "generator/gan_temporal_s0", "discriminator/image_real"),
        *("discriminator/temporal_s0_fake", "discriminator/total"),
    } <= set(gan)
    assert all(math.isfinite(value) for value in (*flow.values(), *gan.values()))
    terms = [
        value
        for name, value in gan.items()
        if name.startswith("generator/") and name != "generator/total"
    ]
    # Temporal terms are of every other chunk here, the mean of all of both.
    assert sum(terms) >= gan["generator/total"] - 1e-3
    # Two clips of two chunks, counted afresh after the flow stage.
    assert int(model.generator_optimizer.iterations) == 4
    assert int(model.discriminator_optimizer.iterations) == 4


@pytest.mark.slow
def test_the_checkpoint_holds_the_trained_generator(whole_run, toy_config):
    folder, model = whole_run
    generator = build_generator(toy_config)
    generator(tf.zeros([1, 32, 64, 27]), (tf.zeros([1, 32, 64, 6]),))
    runs.restore_generator(generator, folder)
    for restored, trained in zip(
        generator.get_weights(), model.generator.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(restored, trained)


@pytest.mark.slow
def test_the_same_command_gives_the_same_bytes(
    whole_run, toy_config, toy_data, tmp_path
):
    again = train(toy_config, str(toy_data), str(tmp_path / "again"))
    first = (whole_run[0] / "history.json").read_bytes()
    assert (tmp_path / "again/history.json").read_bytes() == first
    for one, other in zip(again.weights, whole_run[1].weights, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_used_folder_is_refused_and_left_alone(toy_data, tmp_path):
    (tmp_path / "thesis.txt").write_text("do not lose")
    with pytest.raises(InputError, match="already holds something"):
        train(tiny(), toy_data, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_overwriting_takes_nothing_but_a_run(toy_data, tmp_path):
    (tmp_path / "thesis.txt").write_text("do not lose")
    with pytest.raises(InputError, match="no run"):
        train(tiny(), toy_data, tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    with pytest.raises(InputError, match="is a file"):
        train(tiny(), toy_data, tmp_path / "thesis.txt", overwrite=True)


@pytest.mark.slow
def test_a_run_can_be_overwritten_and_seeds_differ(toy_data, tmp_path):
    train(tiny(), toy_data, tmp_path / "run")
    (tmp_path / "run/preview.png").touch()
    first = json.loads((tmp_path / "run/history.json").read_text())
    other = tiny("seed=5")
    train(other, toy_data, tmp_path / "run", overwrite=True)
    second = json.loads((tmp_path / "run/history.json").read_text())
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert len(first) == len(second) == 1
    assert first[0]["generator/total"] != second[0]["generator/total"]
    assert runs.load_config(tmp_path / "run") == other
    assert not (tmp_path / "run/preview.png").exists()


def test_bad_data_are_refused_before_a_folder_is_made(toy_data, tmp_path):
    with pytest.raises(InputError):
        train(tiny(), tmp_path / "nothing", tmp_path / "run")
    with pytest.raises(InputError, match="20 frames|22 frames|too short|shorter"):
        train(tiny("curriculum.0.num_frames=20"), toy_data, tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_bad_loss_stops_the_run_and_is_named(toy_data, tmp_path):
    config = tiny("curriculum.0.learning_rate=1.0e+30")
    # The flow is far outside before the loss of the warped frame is.
    message = "loss 'generator/flow_l1' is (nan|inf) at step 2.*learning rates"
    with pytest.raises(InputError, match=message):
        train(config, toy_data, tmp_path / "run")
    assert runs.checkpoints(tmp_path / "run") == []


@pytest.mark.slow
def test_an_epoch_without_a_number_of_steps_is_one_pass(toy_data, tmp_path):
    # Three clips, two a step.
    model = train(tiny("curriculum.0.steps_per_epoch=0"), toy_data, tmp_path / "run")
    assert int(model.generator_optimizer.iterations) == 2


def test_batches_that_the_devices_cannot_share_are_refused_at_the_door(
    toy_config, toy_data
):
    spans = curriculum.plan(toy_config, toy_data)
    assert check_stages(toy_config, spans, toy_data, 2) == (32, 64)
    with pytest.raises(InputError, match="a batch of 2 clips .* by 3 devices"):
        check_stages(toy_config, spans, toy_data, 3)
