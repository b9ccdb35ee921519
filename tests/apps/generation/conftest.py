"""A tiny street, its source and its run."""

from __future__ import annotations

from pathlib import Path

import pytest

from v2v_tf import config as configuration
from v2v_tf.toy_street.writer import write_clips


@pytest.fixture(scope="module")
def street_source(tmp_path_factory) -> Path:
    """Two toy streets of nine frames, 64x32."""
    folder = tmp_path_factory.mktemp("street_source") / "clips"
    write_clips(folder, 2, 9, (32, 64), seed=4)
    return folder


@pytest.fixture(scope="module")
def tiny_run(tmp_path_factory, save_run) -> Path:
    folder = tmp_path_factory.mktemp("tiny_run") / "run"
    save_run(
        configuration.load_config("test/toy_street", ("curriculum.0.epochs=1",)), folder
    )
    return folder
