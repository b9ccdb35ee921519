"""The wheel: what is in it, and that presets load from it in another folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from v2v_tf import config as configuration

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    tree = tmp_path_factory.mktemp("tree")
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tree)
    for name in ("v2v_tf", "configs", "serving"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tree / name, ignore=ignore)
    command = [sys.executable, "setup.py", "-q", "bdist_wheel", "-d", tree / "dist"]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (built,) = (tree / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory, wheel) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_holds_every_module_preset_and_template(unpacked):
    for folder, pattern in (
        *(("v2v_tf", "*.py"), ("v2v_tf", "*.html"), ("serving", "*.py")),
        *(("serving", "*.yaml"), ("serving", "*.config")),
    ):
        expected = {path.relative_to(ROOT) for path in (ROOT / folder).rglob(pattern)}
        assert len(expected) >= 1
        missing = [path for path in expected if not (unpacked / path).is_file()]
        assert not missing
    for preset in (ROOT / "configs").rglob("*.yaml"):
        packed = unpacked / "v2v_tf" / preset.relative_to(ROOT)
        assert packed.read_bytes() == preset.read_bytes()


def test_holds_nothing_else(unpacked):
    tops = {path.name.partition("-")[0] for path in unpacked.iterdir()}
    assert tops == {"v2v_tf", "serving"}
    suffixes = {path.suffix for path in (unpacked / "v2v_tf").rglob("*.*")}
    assert suffixes == {".py", ".yaml", ".html"}


def test_presets_load_by_name_in_another_folder(unpacked, tmp_path):
    program = (
        "import v2v_tf; from v2v_tf import config\n"
        "print(v2v_tf.__file__)\n"
        "print(*config.presets())\n"
        "print(config.load_config('test/face_512').task)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    file, presets, task = done.stdout.splitlines()
    assert Path(file).is_relative_to(unpacked)
    assert presets.split() == configuration.presets()
    assert task == "face"


def test_the_command_is_installed(unpacked):
    (entry_points,) = unpacked.glob("v2v_tf-*.dist-info/entry_points.txt")
    assert "v2v-tf = v2v_tf.cli.main:main" in entry_points.read_text()
