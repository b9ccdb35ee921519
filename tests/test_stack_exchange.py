"""What one stack wrote the other reads: records, a run that goes on, an export.

The other stack is another environment; whichever of the two runs the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from v2v_tf import load_config
from v2v_tf.cli.main import main
from v2v_tf.data.input.dataset import read_clips

ROOT = Path(__file__).parents[1]
CONFIG = "test/toy_street"
pytestmark = pytest.mark.slow


def other_python() -> Path | None:
    """The interpreter of the other stack, named or beside this one."""
    if named := os.environ.get("V2V_OTHER_PYTHON"):
        return Path(named)
    for name in (".venv", ".venv-living"):
        python = ROOT / name / "bin/python"
        if (
            python.exists()
            and python.parents[1].resolve() != Path(sys.prefix).resolve()
        ):
            return python
    return None


@pytest.fixture(scope="module")
def there(tmp_path_factory) -> Path:
    """What the other stack writes, from clips to frames of a run and of its export."""
    python = other_python()
    if python is None:
        pytest.skip(
            "no other stack here: VENV=.venv-living STACK=living bash "
            "scripts/setup.sh, or name its interpreter by V2V_OTHER_PYTHON"
        )
    folder = tmp_path_factory.mktemp("there")
    size = ("--clips", "4", "--frames", "8", "--size", "64x32")
    for command in (
        ("toy-street", "--output", "clips", *size),
        ("prepare", "--config", CONFIG, "--source", "clips", "--output", "data"),
        ("train", "--config", CONFIG, "--data", "data", "--run", "run"),
        ("export", "--run", "run", "--output", "export"),
        *(
            ("generate", "--model", model, "--source", "clips", "--format", "png")
            + ("--output", f"frames_{model}")
            for model in ("run", "export")
        ),
    ):
        run = subprocess.run(
            [python, "-m", "v2v_tf.cli.main", *command],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 0, f"{command}: {run.stderr[-2000:]}"
    return folder


def frames_of(folder: Path) -> dict[str, np.ndarray]:
    """Every picture of a folder, by its place there."""
    paths = folder.rglob("*.png")
    found = {str(path.relative_to(folder)): cv2.imread(str(path)) for path in paths}
    assert found
    return found


def test_records_hold_the_same_clips(there, tmp_path):
    prepare = ["prepare", "--config", CONFIG, "--source", str(there / "clips")]
    assert main([*prepare, "--output", str(tmp_path / "data")]) == 0
    config = load_config(CONFIG)
    theirs, ours = (
        sorted(read_clips(folder, config), key=lambda clip: clip.clip_id)
        for folder in (there / "data", tmp_path / "data")
    )
    assert len(theirs) == len(ours) == 4
    for one, other in zip(theirs, ours, strict=True):
        assert one.clip_id == other.clip_id
        for name in ("conditions", "frames", "instances", "flow", "flow_confidence"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("model", ["run", "export"])
def test_frames_are_the_same(there, tmp_path, model):
    """The first generated frame of every clip: one step from the same states."""
    generate = ["generate", "--model", str(there / model), "--format", "png"]
    source = ["--source", str(there / "clips"), "--output", str(tmp_path / "frames")]
    assert main([*generate, *source]) == 0
    ours, theirs = frames_of(tmp_path / "frames"), frames_of(there / f"frames_{model}")
    assert ours.keys() == theirs.keys()
    first = [name for name in ours if name.endswith("000002.png")]
    assert len(first) >= 4
    found, expected = (np.int16([of[name] for name in first]) for of in (ours, theirs))
    apart = np.abs(found - expected)
    assert apart.max() <= 1
    assert (apart == 0).mean() >= 0.999


def test_a_training_goes_on(there, tmp_path):
    """From its checkpoint, optimisers and all."""
    before = json.loads((there / "run/history.json").read_text())
    train = ["train", "--data", str(there / "data"), "--run", str(there / "run")]
    assert main([*train, "--extend", "1"]) == 0
    after = json.loads((there / "run/history.json").read_text())
    assert after[: len(before)] == before and len(after) == len(before) + 1
    assert all(np.isfinite(value) for value in after[-1].values())
