"""A tiny toy street, prepared once."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data.prepare import prepare
from v2v_tf.data.toy_street_writer import write_clips


@pytest.fixture(scope="session")
def toy_config() -> Config:
    return configuration.load("test/toy_street")


@pytest.fixture(scope="session")
def toy_data(tmp_path_factory, toy_config) -> Path:
    """Records of three clips of eight frames, 64x32."""
    folder = tmp_path_factory.mktemp("toy")
    write_clips(folder / "clips", 3, 8, (32, 64), seed=3)
    summary = prepare(folder / "clips", folder / "records", toy_config)
    assert summary.accepted
    return folder / "records"
