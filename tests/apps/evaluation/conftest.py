"""Records with two splits and models of chance, to be evaluated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.apps.segmentation.training import train_segmenter
from v2v_tf.config import Config
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.models.registry import build_model
from v2v_tf.storage import runs
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.training import checkpoints

FRAMES = 10  # of a clip: two are given, and eight make one window


@pytest.fixture(scope="session")
def street_records(tmp_path_factory, toy_config) -> Path:
    """Four clips of ten frames, 64x32."""
    folder = tmp_path_factory.mktemp("street")
    write_clips(folder / "clips", 4, FRAMES, (32, 64), seed=3)
    prepare(folder / "clips", folder / "records", toy_config)
    return folder / "records"


@pytest.fixture(scope="session")
def save_run() -> Callable[[Config, Path], Path]:
    """Writes the run folder of a model that was never trained."""

    def save(config: Config, run_dir: Path) -> Path:
        tf.keras.utils.set_random_seed(5)
        model = build_model(config)
        model.build_networks(32, 64)
        model.compile(
            tf.keras.optimizers.legacy.Adam(), tf.keras.optimizers.legacy.Adam()
        )
        run_dir.mkdir(parents=True)
        (run_dir / runs.CONFIG_FILE).write_text(configuration.to_yaml(config))
        checkpoints.save(model.saved_parts(), run_dir, 1)
        return run_dir

    return save


@pytest.fixture(scope="session")
def video_run(tmp_path_factory, save_run, toy_config) -> Path:
    return save_run(toy_config, tmp_path_factory.mktemp("video") / "run")


@pytest.fixture(scope="session")
def frame_run(tmp_path_factory, save_run) -> Path:
    config = configuration.load_config("test/toy_street_first_frame")
    return save_run(config, tmp_path_factory.mktemp("frames") / "run")


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory, street_records, toy_config) -> Path:
    folder = tmp_path_factory.mktemp("segmenter") / "net"
    train_segmenter(street_records, folder, toy_config, seed=1, steps=5)
    return folder
