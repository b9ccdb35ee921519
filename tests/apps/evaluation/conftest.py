"""Records with two splits and models of chance, to be evaluated."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2v_tf import config as configuration
from v2v_tf.apps.segmentation.training import train_segmenter
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.toy_street.writer import write_clips

FRAMES = 10  # of a clip: two are given, and eight make one window


@pytest.fixture(scope="session")
def street_records(tmp_path_factory, toy_config) -> Path:
    """Four clips of ten frames, 64x32."""
    folder = tmp_path_factory.mktemp("street")
    write_clips(folder / "clips", 4, FRAMES, (32, 64), seed=3)
    prepare(folder / "clips", folder / "records", toy_config)
    return folder / "records"


@pytest.fixture(scope="session")
def video_run(tmp_path_factory, save_run, toy_config) -> Path:
    folder = tmp_path_factory.mktemp("video") / "run"
    save_run(toy_config, folder)
    return folder


@pytest.fixture(scope="session")
def frame_run(tmp_path_factory, save_run) -> Path:
    config = configuration.load_config("test/toy_street_first_frame")
    folder = tmp_path_factory.mktemp("frames") / "run"
    save_run(config, folder)
    return folder


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory, street_records, toy_config) -> Path:
    folder = tmp_path_factory.mktemp("segmenter") / "net"
    train_segmenter(street_records, folder, toy_config, seed=1, steps=5)
    return folder
