"""Beginning with another run of single images, part by part."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.models.registry import build_model
from v2v_tf.storage import runs
from v2v_tf.training import checkpoints
from v2v_tf.training.warm_start import warm_start

SMALL = ("first_frame.num_blocks=1", "discriminator.num_layers=1")


def make(preset: str, seed: int, *overrides: str):
    config = configuration.load_config(f"test/{preset}", (*SMALL, *overrides))
    tf.keras.utils.set_random_seed(seed)
    model = build_model(config)
    model.build_networks(32, 64)
    return model


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A run of a global network of width 4, and its model."""
    folder = tmp_path_factory.mktemp("source")
    model = make("toy_street_first_frame", 1)
    text = configuration.to_yaml(model.experiment)
    (folder / runs.CONFIG_FILE).write_text(text)
    checkpoints.save(model.saved_parts(), folder, 3)
    return folder, model


def same(one, other) -> bool:
    return all(
        np.array_equal(a, b) for a, b in zip(one.weights, other.weights, strict=True)
    )


def test_everything_of_the_same_networks(source):
    folder, other = source
    model = make("toy_street_first_frame", 2)
    assert not same(model.generator, other.generator)
    lines = warm_start(model, folder)
    assert same(model.generator, other.generator)
    assert same(model.image_discriminator, other.image_discriminator)
    assert [line.split("(")[0].split() for line in lines] == [
        ["loaded", "generator", "global"],
        ["loaded", "generator", "global", "head"],
        ["loaded", "image", "discriminator,", "copy", "0"],
        ["loaded", "image", "discriminator,", "copy", "1"],
    ]


def test_an_enhancer_begins_with_a_global_network_of_twice_its_width(source):
    folder, other = source
    model = make(
        *("toy_street_first_frame", 2),
        *("first_frame.num_enhancers=1", "first_frame.num_filters=2"),
        *("discriminator.num_scales=3", "discriminator.num_filters=2"),
    )
    fresh = [weight.numpy() for weight in model.generator.enhancers[0].weights]
    lines = warm_start(model, folder)
    assert same(model.generator.coarse, other.generator.body)
    for weight, before in zip(model.generator.enhancers[0].weights, fresh, strict=True):
        np.testing.assert_array_equal(weight, before)
    # A copy keeps the resolution that it saw; the finest is new.
    mine, theirs = model.image_discriminator.copies, other.image_discriminator.copies
    assert same(mine[1], theirs[0]) and same(mine[2], theirs[1])
    assert [line.split()[0] for line in lines] == [
        *("loaded", "new", "new"),
        *("new", "loaded", "loaded"),
    ]


def test_another_kind_of_model_is_refused(source, tmp_path):
    folder, _ = source
    video = make("toy_street", 1)
    with pytest.raises(InputError, match="run of a first_frame model, and a vid2vid"):
        warm_start(video, folder)
    text = configuration.to_yaml(video.experiment)
    (tmp_path / runs.CONFIG_FILE).write_text(text)
    images = make("toy_street_first_frame", 1)
    with pytest.raises(InputError, match="run of a vid2vid model, and a first_frame"):
        warm_start(images, tmp_path)


def test_nothing_that_fits_is_an_error(source):
    folder, _ = source
    model = make(
        *("toy_street_first_frame", 1, "first_frame.num_blocks=2"),
        *("discriminator.num_layers=3", "first_frame.num_enhancers=1"),
    )
    with pytest.raises(InputError, match="nothing of .* fits"):
        warm_start(model, folder)
