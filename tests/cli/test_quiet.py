"""Nothing is said on standard error but what the project says."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from v2v_tf.cli.main import COMMANDS

TOY = ("--config", "test/toy_street")
FOREIGN = ("demo", "pipeline", "serve", "stream")
NAMES = (*(name.replace("_", "-") for name in COMMANDS), *FOREIGN)
# What libraries print where nobody keeps them from it.
_NOISE = re.compile(
    r"Warning|cuda|computation_placer|E0000|TF-TRT|oneDNN|absl|tensorflow/core"
    r"|Unable to register|rebuild TensorFlow",
    re.IGNORECASE,
)


def run(*arguments: object) -> subprocess.CompletedProcess:
    """Runs `v2v-tf` as a shell does where nobody set anything."""
    quiet = ("TF_CPP_MIN_LOG_LEVEL", "PYTHONWARNINGS", "CUDA_VISIBLE_DEVICES")
    environment = {k: v for k, v in os.environ.items() if k not in quiet}
    done = subprocess.run(
        [sys.executable, "-m", "v2v_tf.cli.main", *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done


def unasked(errors: str) -> list[str]:
    """Lines that are no progress bar."""
    lines = [x.rpartition("\r")[2].strip() for x in errors.splitlines()]
    return [x for x in lines if x and not re.search(r"\d+/\d+ \[|\[\d\d:\d\d[<,]", x)]


@pytest.mark.parametrize(
    "name",
    ["", "train", *(pytest.param(name, marks=pytest.mark.slow) for name in NAMES)],
)
def test_help_says_nothing_on_standard_error(name):
    assert run(*([name] if name else []), "--help").stderr == ""


@pytest.mark.slow
def test_the_whole_way_is_quiet(tmp_path):
    clips, data, runs = (tmp_path / name for name in ("clips", "data", "run"))
    model = ("--model", runs, "--data", data)
    steps = (
        ("toy-street", "--output", clips, "--clips", 2, "--frames", 6, "--size=64x32"),
        ("prepare", *TOY, "--source", clips, "--output", data),
        ("train", *TOY, "--data", data, "--run", runs),
        ("generate", *model, "--output", tmp_path / "generated"),
        ("generate", "--model", runs, "--source", clips, "--output", tmp_path / "two"),
        ("evaluate", *model, "--output", tmp_path / "measured"),
        ("report", "--run", runs, "--data", data, "--clips", 1),
        ("export", "--run", runs, "--output", tmp_path / "model"),
    )
    said = {str(step[0]): unasked(run(*step).stderr) for step in steps}
    assert {name: lines for name, lines in said.items() if lines} == {}


@pytest.mark.slow
def test_a_server_says_its_own_lines_alone(tmp_path):
    # Without models it says what is wrong, after everything was imported.
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"}
    done = subprocess.run(
        [sys.executable, "-m", "v2v_tf.cli.main", "serve", "--model_name=m"]
        + [f"--model_base_path={tmp_path / 'absent'}", "--port=0"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert not [x for x in done.stderr.splitlines() if _NOISE.search(x)]


def test_readers_of_pictures_say_nothing_besides_the_error(tmp_path):
    path = tmp_path / "cut.tif"
    noise = np.random.default_rng(1).integers(0, 255, (40, 50, 3)).astype(np.uint8)
    Image.fromarray(noise).save(path)
    path.write_bytes(path.read_bytes()[:4000])
    code = (
        "import pathlib, sys\n"
        "from v2v_tf.cli.quiet_start import quiet_start; quiet_start(); "
        "from v2v_tf.tasks.files import read_rgb; read_rgb(pathlib.Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert done.stderr.startswith("Traceback")
    assert done.stderr.splitlines()[-1].endswith(
        "cut.tif: not a readable image (4000 bytes)"
    )


def test_noise_is_told():
    line = "2024-01-01 E external/local_xla/xla/stream_executor/cuda/cuda_dnn.cc:9261]"
    assert _NOISE.search(line) and unasked(line) == [line]
    assert unasked("a: 0%| | 0/3 [00:00<?]\ra: 100%|##| 3/3 [00:02<00:00, 2it/s]") == []
