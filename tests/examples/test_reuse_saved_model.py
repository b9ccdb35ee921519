"""The example runs where nothing of the project can be imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "reuse_saved_model.py"


@pytest.mark.slow
def test_it_generates_what_the_run_generates(
    street_model, street_synthesizer, toy_clips, tmp_path
):
    clip = toy_clips[0]
    files = {}
    for name, array in (
        ("conditions", clip["conditions"]),
        ("instances", clip["instances"]),
        ("frames", clip["frames"][:2]),
    ):
        files[name] = tmp_path / f"{name}.npy"
        np.save(files[name], array)
    output = tmp_path / "out.npy"
    hide = "import sys; sys.modules['v2v_tf'] = sys.modules['tensorflow_addons'] = None"
    run = f"import runpy; runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')"
    more = [f"{name}={files[name]}" for name in ("instances", "frames")]
    subprocess.run(
        [
            *(sys.executable, "-c", f"{hide}; {run}"),
            *(str(street_model), str(files["conditions"]), str(output), *more),
        ],
        check=True,
    )
    expected = street_synthesizer.rollout(clip).fake_frames
    difference = np.abs(np.load(output).astype(int) - expected.astype(int))
    assert difference.max() <= 2 and (difference == 0).mean() >= 0.99


def test_it_is_short():
    lines = EXAMPLE.read_text().splitlines()
    body = lines[lines.index("import sys") :]
    assert sum(1 for line in body if line.strip()) <= 30
