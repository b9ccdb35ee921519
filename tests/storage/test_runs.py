"""Run folders: refused when used, read back as they were written."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.models.vid2vid.model import Vid2Vid
from v2v_tf.storage import runs
from v2v_tf.training import checkpoints


def make_model(config, seed: int) -> Vid2Vid:
    tf.keras.utils.set_random_seed(seed)
    model = Vid2Vid(config)
    adam = tf.keras.optimizers.legacy.Adam
    model.compile(adam(1e-3), adam(1e-3))
    model.build_networks(32, 64)
    return model


def inputs(config) -> tuple[tf.Tensor, tuple[tf.Tensor]]:
    channels = config.conditioning.street.num_labels + 1
    conditions = tf.random.stateless_uniform([1, 32, 64, 3 * channels], [1, 2])
    frames = tf.random.stateless_uniform([1, 32, 64, 6], [3, 4], -1.0, 1.0)
    return conditions, (frames,)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory, toy_config):
    """A run of two checkpoints; what its generator gives is in `expected.npy`."""
    folder = tmp_path_factory.mktemp("run")
    (folder / runs.CONFIG_FILE).write_text(configuration.to_yaml(toy_config))
    model = make_model(toy_config, 1)
    checkpoints.save(model.saved_parts(), folder, 1)
    for weight in model.generator.weights:
        weight.assign_add(tf.ones_like(weight) * 0.01)
    checkpoints.save(model.saved_parts(), folder, 12)
    np.save(
        folder / "expected.npy", model.generator(*inputs(toy_config))[-1].fake_frames
    )
    return folder


def test_a_run_is_told_from_records(tmp_path, run_dir):
    assert runs.is_run(run_dir)
    assert not runs.is_run(tmp_path)
    (tmp_path / runs.CONFIG_FILE).touch()
    (tmp_path / "manifest.json").touch()
    assert not runs.is_run(tmp_path)


def test_a_run_put_aside_is_never_lost(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    (run / "first").touch()
    aside = runs.put_aside(run)
    assert [path.name for path in aside.iterdir()] == ["first"]
    run.mkdir()
    with pytest.raises(InputError, match="run.replaced holds the run"):
        runs.put_aside(run)
    assert [path.name for path in aside.iterdir()] == ["first"]


def test_the_config_comes_back(run_dir, toy_config):
    assert runs.load_config(run_dir) == toy_config


@pytest.mark.parametrize("folder", [".", "missing"])
def test_a_folder_without_config_is_no_run(tmp_path, folder):
    with pytest.raises(InputError, match="is no run folder: expected config.yaml"):
        runs.load_config(tmp_path / folder)


@pytest.mark.parametrize(
    ("model", "needs", "wanted"),
    [
        ("vid2vid", "makes_first_frames", "first_frame"),
        ("vid2vid", "forecasts_labels", "forecaster"),
        ("first_frame", "makes_video", "vid2vid"),
        ("first_frame", "can_be_exported", "vid2vid"),
        ("forecaster", "makes_frames", "vid2vid or first_frame"),
    ],
)
def test_a_run_must_be_of_a_model_with_a_trait(tmp_path, model, needs, wanted):
    config = configuration.load_config(None, (f"model={model}", "previews.clips=0"))
    (tmp_path / runs.CONFIG_FILE).write_text(configuration.to_yaml(config))
    with pytest.raises(
        InputError,
        match=f"is the run of a {model} model, and a {wanted} model is needed here: "
        f"name a run that was trained with model: {wanted}$",
    ):
        runs.load_config(tmp_path, needs=needs)
    for other in ("vid2vid", "first_frame", "forecaster"):
        if other != model:
            with pytest.raises(InputError, match=f"and a {other} model is needed"):
                runs.load_config(tmp_path, model=other)
    assert runs.load_config(tmp_path, model=model) == config
    with pytest.raises(AttributeError, match="makes_vidoe"):
        runs.load_config(tmp_path, needs="makes_vidoe")


@pytest.mark.parametrize(
    "needs", [None, "makes_frames", "makes_video", "can_be_exported"]
)
def test_a_run_with_the_trait_comes_back(run_dir, toy_config, needs):
    assert runs.load_config(run_dir, needs=needs) == toy_config


def test_the_newest_generator_comes_back_exactly(run_dir, toy_config):
    tf.keras.utils.set_random_seed(9)
    generator = build_generator(toy_config)
    conditions, frames = inputs(toy_config)
    generator.build_weights()
    expected = np.load(run_dir / "expected.npy")
    assert not np.allclose(generator(conditions, frames)[-1].fake_frames, expected)
    runs.restore_generator(generator, run_dir)
    np.testing.assert_array_equal(
        generator(conditions, frames)[-1].fake_frames, expected
    )


def test_a_run_can_be_moved(run_dir, toy_config, tmp_path):
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in sorted(run_dir.rglob("*")):
        target = moved / path.relative_to(run_dir)
        target.mkdir() if path.is_dir() else target.write_bytes(path.read_bytes())
    generator = build_generator(toy_config)
    generator(*inputs(toy_config))
    runs.restore_generator(generator, moved)
    output = generator(*inputs(toy_config))[-1].fake_frames
    np.testing.assert_array_equal(output, np.load(run_dir / "expected.npy"))


def test_checkpoints_are_told_by_number_and_only_with_an_index(run_dir, tmp_path):
    assert [step for step, _ in runs.checkpoints(run_dir)] == [12, 1]
    assert runs.checkpoints(run_dir)[0][1] == str(run_dir / "checkpoints/ckpt-12")
    (tmp_path / "checkpoints").mkdir()
    for name in ("ckpt-4.data-00000-of-00001", "ckpt-best.index", "other-3.index"):
        (tmp_path / "checkpoints" / name).touch()
    assert runs.checkpoints(tmp_path) == []


def test_of_a_run_with_a_moving_average_that_is_loaded(tmp_path):
    config = configuration.load_config("test/toy_street", ("optimizer.ema_decay=0.9",))
    model = make_model(config, 1)
    slow = model.moving_average.generator
    for weight in slow.weights:
        weight.assign(tf.fill(weight.shape, 0.25))
    checkpoints.save(model.saved_parts(), tmp_path, 3)
    generator = build_generator(config)
    generator.build_weights()
    runs.restore_generator(generator, tmp_path)
    assert all((weight.numpy() == 0.25).all() for weight in generator.weights)


def test_without_a_checkpoint_there_is_nothing_to_restore(tmp_path, toy_config):
    with pytest.raises(InputError, match="checkpoints holds no checkpoint yet"):
        runs.restore_generator(build_generator(toy_config), tmp_path)


def test_a_checkpoint_of_another_network_is_an_input_error(run_dir):
    other = configuration.load_config("test/toy_street", ("generator.num_filters=5",))
    generator = build_generator(other)
    generator(*inputs(other))
    with pytest.raises(InputError, match="does not fit.*config.yaml"):
        runs.restore_generator(generator, run_dir)
