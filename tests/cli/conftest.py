"""What the commands leave: each step of the road runs once for all tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from v2v_tf.cli.main import main

TOY = ("--config", "test/toy_street")


@pytest.fixture(scope="session")
def call() -> Callable[..., int]:
    """Runs `v2v-tf` with arguments of any type."""
    return lambda *arguments: main([str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def cli_clips(tmp_path_factory, call) -> Path:
    """Three source clips of eight frames, 64x32."""
    folder = tmp_path_factory.mktemp("cli_clips")
    size = ("--clips", 3, "--frames", 8, "--size", "64x32")
    assert call("toy-street", "--output", folder, *size) == 0
    return folder


@pytest.fixture(scope="session")
def cli_data(tmp_path_factory, call, cli_clips) -> Path:
    """Their clip records."""
    folder = tmp_path_factory.mktemp("cli_data")
    assert call("prepare", *TOY, "--source", cli_clips, "--output", folder) == 0
    return folder


@pytest.fixture(scope="session")
def toy_run(tmp_path_factory, call, cli_data) -> Path:
    """A run folder: both stages of the tiny curriculum, two steps each."""
    folder = tmp_path_factory.mktemp("toy") / "run"
    assert call("train", *TOY, "--data", cli_data, "--run", folder) == 0
    return folder
