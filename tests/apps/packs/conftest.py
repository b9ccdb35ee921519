"""A run of a small video model that was never trained, and a pack of it."""

from pathlib import Path

import pytest

from tests.untrained_runs import write_run
from v2v_tf import load_config
from v2v_tf.apps.packs.saving import PackTexts, save_pretrained
from v2v_tf.storage import runs

TEXTS = PackTexts(
    "Draws a street from labels at 64x32.",
    "Apache-2.0",
    "The toy street of v2v_tf, Apache-2.0.",
    {"psnr": 19.25},
    {"commit": "abc123", "command": "v2v-tf train --config test/toy_street"},
    "## Limits\n\nIt was never trained.",
)


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    overrides = ("losses.perceptual_weights=/home/me/vgg.h5", "losses.perceptual=0")
    run = write_run(folder / "run", load_config("test/toy_street", overrides), 1)
    first = load_config("test/toy_street_first_frame")
    write_run(run / runs.FIRST_FRAME_FOLDER, first, 2)
    return run


@pytest.fixture(scope="module")
def pack(run, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("packs") / "toy-tiny"
    save_pretrained(run, folder, TEXTS)
    return folder
