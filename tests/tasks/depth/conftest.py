"""Depth maps of a toy street, as clips and as records."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.records.folder import resolve_config
from v2v_tf.toy_street.writer import write_clips


@pytest.fixture(scope="session")
def depth_clips(tmp_path_factory) -> Path:
    """Three clips of six frames, 64x32."""
    folder = tmp_path_factory.mktemp("depth") / "clips"
    write_clips(folder, 3, 6, (32, 64), seed=3)
    return folder


@pytest.fixture(scope="session")
def depth_data(depth_clips) -> Path:
    """Records of them, of which one clip is set aside."""
    folder = depth_clips.with_name("records")
    options = ("data.eval_fraction=0.3",)
    config = configuration.load_config("test/depth_256", options)
    summary = prepare(depth_clips, folder, config)
    assert summary.accepted and summary.num_clips == {"train": 2, "eval": 1}
    return folder


@pytest.fixture(scope="session")
def depth_config(depth_data) -> Config:
    """The preset with the range of depths of these records."""
    return resolve_config(configuration.load_config("test/depth_256"), depth_data)
