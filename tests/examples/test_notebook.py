"""The notebook runs from first cell to last, and is committed without outputs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "examples/your_own_video.ipynb"
EFFORT = "EFFORT = 1.0"


def _cells(path: Path, kind: str) -> list[dict]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def _outputs(path: Path) -> list[dict]:
    return [output for cell in _cells(path, "code") for output in cell["outputs"]]


def test_the_notebook_has_no_outputs_and_a_line_for_the_user_s_video():
    assert _outputs(NOTEBOOK) == []
    code = ["".join(cell["source"]) for cell in _cells(NOTEBOOK, "code")]
    assert sum("VIDEO = None  # your own:" in cell for cell in code) == 1
    assert sum(EFFORT in cell for cell in code) == 1


def test_links_of_the_notebook_lead_somewhere():
    text = "\n".join("".join(cell["source"]) for cell in _cells(NOTEBOOK, "markdown"))
    links = re.findall(r"\]\(([^)]+)\)", text)
    assert len(links) == 2
    assert [link for link in links if not (NOTEBOOK.parent / link).exists()] == []


@pytest.mark.slow
def test_the_notebook_runs_and_shows_its_video(tmp_path):
    text = NOTEBOOK.read_text(encoding="utf-8").replace(EFFORT, "EFFORT = 0.02")
    (tmp_path / "short.ipynb").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook"]
    done = subprocess.run(
        [*command, "--output", "done.ipynb", "short.ipynb"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    outputs = _outputs(tmp_path / "done.ipynb")
    shown = [kind for output in outputs for kind in output.get("data", {})]
    assert shown.count("image/png") == 2
    videos = [x for x in outputs if "<video" in str(x.get("data", {}).get("text/html"))]
    assert len(videos) == 2
    printed = "".join("".join(x.get("text", "")) for x in outputs)
    assert "120 frames in 1 clip(s)" in printed and "PSNR" in printed
