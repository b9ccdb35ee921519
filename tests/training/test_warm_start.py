"""Beginning with the weights of another run."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.model import Vid2Vid
from v2v_tf.training import checkpoints, run_state
from v2v_tf.training.run_state import Origin
from v2v_tf.training.trainer import train
from v2v_tf.training.warm_start import warm_start

SIZE = (32, 64)


def make(*overrides: str, seed: int = 1) -> Vid2Vid:
    config = configuration.load_config("test/toy_street", overrides)
    tf.keras.utils.set_random_seed(seed)
    model = Vid2Vid(config)
    adam = tf.keras.optimizers.legacy.Adam(1e-3)
    model.compile(adam, adam)
    model.build_networks(*SIZE)
    return model


def save(model: Vid2Vid, folder, parts: dict | None = None):
    run_state.begin(folder, model.experiment, Origin("", ""))
    checkpoints.save(model.saved_parts() if parts is None else parts, folder, 3)
    return folder


@pytest.fixture(scope="module")
def coarse(tmp_path_factory):
    """A run of one scale and two copies, seed 1, and its model."""
    model = make()
    return save(model, tmp_path_factory.mktemp("coarse") / "run"), model


def equal(one: tf.keras.Model, other: tf.keras.Model) -> bool:
    return all(
        np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True)
    )


def test_a_finer_model_takes_scales_and_copies_of_the_same_resolution(coarse):
    folder, old = coarse
    # At twice the resolution a copy of half the width is added in front.
    model = make(
        *("generator.num_scales=2", "discriminator.num_scales=3"),
        *("discriminator.num_filters=2", "discriminator.num_temporal_scales=2"),
        seed=2,
    )
    kept = [w.numpy() for w in model.generator.scales[1].weights]
    lines = warm_start(model, folder)
    assert equal(model.generator.scales[0], old.generator.scales[0])
    for weight, value in zip(model.generator.scales[1].weights, kept, strict=True):
        np.testing.assert_array_equal(weight, value)
    pairs = (
        (model.image_discriminator, old.image_discriminator),
        (model.temporal_discriminators[0], old.temporal_discriminators[0]),
    )
    for mine, theirs in pairs:
        assert equal(mine.copies[1], theirs.copies[0])
        assert equal(mine.copies[2], theirs.copies[1])
    words = [line.split("(")[0].split(None, 1) for line in lines]
    assert [(kind, name.strip()) for kind, name in words] == [
        ("loaded", "generator scale 0"),
        ("new", "generator scale 1"),
        ("new", "image discriminator, copy 0"),
        ("loaded", "image discriminator, copy 1"),
        ("loaded", "image discriminator, copy 2"),
        ("new", "temporal discriminator 0, copy 0"),
        ("loaded", "temporal discriminator 0, copy 1"),
        ("loaded", "temporal discriminator 0, copy 2"),
        *(("new", f"temporal discriminator 1, copy {i}") for i in range(3)),
    ]


STYLES = (*("style.num_features=2", "style.num_filters=2", "style.num_downsamples=1"),)


@pytest.mark.slow
def test_a_finer_model_draws_by_the_styles_of_the_coarse_one(tmp_path):
    old = make(*STYLES)
    folder = save(old, tmp_path / "run")
    model = make(*STYLES, "generator.num_scales=2", seed=2)
    assert not equal(model.generator.style_encoder, old.generator.style_encoder)
    lines = warm_start(model, folder)
    assert equal(model.generator.style_encoder, old.generator.style_encoder)
    (line,) = [line for line in lines if "style encoder" in line]
    assert line.startswith("loaded ")


def test_a_run_without_styles_has_no_encoder_to_give(coarse):
    folder, _ = coarse
    lines = warm_start(make(*STYLES, seed=2), folder)
    (line,) = [line for line in lines if "style encoder" in line]
    assert line.startswith("new ")


def test_tensors_of_another_shape_stay_new_and_are_counted(coarse):
    folder, old = coarse
    # Other groups of frames: first layers of temporal discriminators differ.
    model = make("discriminator.num_frames=2", seed=2)
    lines = warm_start(model, folder)
    (line, _) = [line for line in lines if "temporal" in line]
    count = len(model.temporal_discriminators[0].copies[0].weights)
    assert line == (
        f"partly  temporal discriminator 0, copy 0: {count - 1} of {count} tensors, "
        "others are new"
    )
    mine, theirs = (m.temporal_discriminators[0].copies[1] for m in (model, old))
    assert np.array_equal(mine.score.weights[0], theirs.score.weights[0])


def test_imported_weights_are_a_generator_alone(coarse, tmp_path):
    _, old = coarse
    folder = save(old, tmp_path / "imported", {"generator": old.generator})
    model = make(seed=2)
    judge = [w.numpy() for w in model.image_discriminator.weights]
    lines = warm_start(model, folder)
    assert [line.split()[0] for line in lines] == ["loaded", *["new"] * 4]
    assert equal(model.generator, old.generator)
    for weight, value in zip(model.image_discriminator.weights, judge, strict=True):
        np.testing.assert_array_equal(weight, value)


def test_what_cannot_be_started_from(coarse, tmp_path):
    folder, _ = coarse
    with pytest.raises(InputError, match="is no run folder"):
        warm_start(make(), tmp_path)
    run_state.begin(tmp_path / "empty", make().experiment, Origin("", ""))
    with pytest.raises(InputError, match="holds no checkpoint yet"):
        warm_start(make(), tmp_path / "empty")
    other = make(
        *("generator.num_blocks=3", "discriminator.num_layers=3"),
        "discriminator.num_temporal_scales=0",
    )
    with pytest.raises(InputError, match="nothing of .* fits"):
        warm_start(other, folder)


@pytest.mark.slow
def test_training_begins_there_and_says_so(coarse, toy_data, tmp_path, capsys):
    folder, old = coarse
    config: Config = configuration.load_config(
        "test/toy_street", ("generator.num_scales=2", "previews.clips=0")
    )
    stage = dataclasses.replace(config.curriculum[0], learning_rate=0.0)
    config = dataclasses.replace(config, curriculum=(stage,))
    model = train(config, toy_data, tmp_path / "run", warm_start=folder)
    assert equal(model.generator.scales[0], old.generator.scales[0])
    assert "loaded  generator scale 0" in capsys.readouterr().out
    with pytest.raises(InputError, match="was begun with --warm-start"):
        train(config, toy_data, tmp_path / "run")
