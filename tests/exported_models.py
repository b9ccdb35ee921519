"""Tiny models as runs, and what `export` makes of them: each made once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.apps.styles.fitting import fit_mixture
from v2v_tf.config import Config, to_yaml
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.export.saved_model import ExportOptions, export
from v2v_tf.inference.style_mixture import STYLES_FILE
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.models.registry import build_model
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.storage import runs
from v2v_tf.training import checkpoints


@pytest.fixture(scope="session")
def untrained_run(tmp_path_factory) -> Callable[[Config], Path]:
    """Makes a run of random weights, whose flow moves and whose mask wavers."""

    def make(config: Config, seed: int = 7) -> Path:
        tf.keras.utils.set_random_seed(seed)
        folder = tmp_path_factory.mktemp("untrained") / "run"
        folder.mkdir()
        generator = build_generator(config)
        generator.build_weights()
        checkpoints.save({"generator": generator}, folder, 0)
        (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
        return folder

    return make


@pytest.fixture(scope="session")
def save_run() -> Callable[[Config, Path], tf.keras.Model]:
    """Writes the run folder of a model that was never trained; returns the model."""

    def save(config: Config, run_dir: Path) -> tf.keras.Model:
        tf.keras.utils.set_random_seed(5)
        model = build_model(config)
        model.build_networks(32, 64)
        model.compile(
            tf.keras.optimizers.legacy.Adam(), tf.keras.optimizers.legacy.Adam()
        )
        run_dir.mkdir(parents=True)
        (run_dir / runs.CONFIG_FILE).write_text(to_yaml(config))
        checkpoints.save(model.saved_parts(), run_dir, 1)
        return model

    return save


@pytest.fixture(scope="session")
def street_run(untrained_run, toy_config) -> Path:
    """Labels and instances, with the foreground branch."""
    generator = dataclasses.replace(toy_config.generator, use_foreground=True)
    return untrained_run(dataclasses.replace(toy_config, generator=generator))


@pytest.fixture(scope="session")
def styled_run(untrained_run) -> Path:
    """A run with styles, and mixtures of chance."""
    folder = untrained_run(configuration.load_config("test/toy_street_styles"))
    random = np.random.default_rng(1)
    samples = [random.uniform(-1, 1, (20, 2)) for _ in range(8)]
    fit_mixture(samples, 2, 0, 0).save(folder / STYLES_FILE)
    return folder


@pytest.fixture(scope="session")
def street_model(tmp_path_factory, street_run, toy_data) -> Path:
    """Its export: version 1."""
    folder = tmp_path_factory.mktemp("models") / "vid2vid"
    return export(street_run, folder, options=ExportOptions(data=toy_data))


@pytest.fixture(scope="session")
def street_signatures(street_model):
    """Its signatures, by name."""
    loaded = tf.saved_model.load(str(street_model))
    return dict(
        loaded.signatures
    ), loaded  # Signatures live as long as what holds them.


@pytest.fixture(scope="session")
def street_synthesizer(street_run) -> Synthesizer:
    """The same run in Python."""
    return Synthesizer.load(street_run)


@pytest.fixture(scope="session")
def toy_clips(toy_data, toy_config) -> list[dict[str, np.ndarray]]:
    """Three clips of eight frames, 64x32."""
    return [clip.arrays() for clip in read_clips(toy_data, toy_config)]
