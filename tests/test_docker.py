"""The image's recipe, without Docker: its lines run in an environment of their own."""

import fnmatch
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "docker/Dockerfile"


def _instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", DOCKERFILE.read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(None, 1)) for line in lines]


def _context(folder: Path) -> None:
    """Copies what `.dockerignore` lets through."""
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name in (line[1:] for line in lines if line.startswith("!")):
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
            shutil.copytree(source, folder / name, ignore=ignored)
        else:
            shutil.copy(source, folder / name)


def test_the_linter_finds_nothing():
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_is_copied_is_there(tmp_path):
    _context(tmp_path)
    for kind, text in _instructions():
        if kind == "COPY":
            *sources, _ = text.split()
            for source in sources:
                assert fnmatch.filter([p.name for p in tmp_path.iterdir()], source) or (
                    source == "."
                )
    assert not list(tmp_path.rglob("__pycache__"))
    assert (tmp_path / "pipeline/components/task_schema.py").is_file()


def test_the_base_is_an_argument():
    kinds = [kind for kind, _ in _instructions()]
    assert kinds[:2] == ["ARG", "FROM"]
    (base,) = (text for kind, text in _instructions() if kind == "FROM")
    assert base == "${BASE}"


@pytest.mark.slow
def test_its_install_lines_run_and_its_entry_point_starts(tmp_path):
    _context(tmp_path)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = str(venv / "bin/python")
    ran = 0
    for kind, text in _instructions():
        if kind == "RUN" and text.startswith("python -m pip"):
            words = [python, *shlex.split(text)[1:]]
            subprocess.run(words, cwd=tmp_path, check=True)
            ran += 1
    assert ran == 2
    (entry,) = (text for kind, text in _instructions() if kind == "ENTRYPOINT")
    command = [str(venv / "bin" / word) for word in re.findall(r'"([^"]+)"', entry)]
    shown = subprocess.run(
        [*command, "--help"], cwd=venv, capture_output=True, text=True, check=True
    )
    for name in ("train", "pipeline", "serve", "demo"):
        assert f"\n    {name} " in shown.stdout
    made = subprocess.run(
        [*command, "pipeline", "compile", "--engine=kubeflow-v2", "--output=p.yaml"],
        cwd=venv,
    )
    assert made.returncode == 0 and (venv / "p.yaml").is_file()
