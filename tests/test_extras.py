"""The light core: what goes without any extra, and what a missing one prints."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

try:
    import tomllib
except ImportError:  # before Python 3.11
    import tomli as tomllib

from v2v_tf import compat, extras

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
EVERY_MODULE = sorted({module for found in extras.MODULES.values() for module in found})

# The beginning of a process in which some packages are not there.
ABSENCE = """
import contextlib, importlib, io, json, pkgutil, sys

absent, commands, path = json.loads(sys.argv[1])

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in absent:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""
RUN_COMMANDS = """
from v2v_tf.cli.main import main

told = []
for command in commands:
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        try:
            status = main(command)
        except SystemExit as stopped:
            status = stopped.code
    told.append([status, errors.getvalue()])
"""
IMPORT_EVERYTHING = """
import v2v_tf

told = []
for found in pkgutil.walk_packages(v2v_tf.__path__, "v2v_tf."):
    try:
        importlib.import_module(found.name)
    except ImportError as error:
        told.append([found.name, type(error).__name__])
"""
RUN_MODULES = """
import runpy

told = []
for name, *rest in commands:
    errors, sys.argv[1:] = io.StringIO(), rest
    with contextlib.redirect_stderr(errors):
        try:
            runpy.run_module(name, run_name="__main__", alter_sys=True)
        except SystemExit as stopped:
            told.append([stopped.code, errors.getvalue()])
"""
TELL = """
with open(path, "w") as file:
    json.dump([told, [name for name in absent if name in sys.modules]], file)
"""


def run_without(
    modules: Iterable[str],
    commands: Sequence[Sequence[str]],
    folder: Path,
    program: str = RUN_COMMANDS,
) -> list[list]:
    """Returns the exit status and the standard error of each command."""
    path = folder / "told.json"
    argument = json.dumps([sorted(modules), commands, str(path)])
    subprocess.run(
        [sys.executable, "-c", ABSENCE + program + TELL, argument],
        cwd=folder,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    told, imported = json.loads(path.read_text(encoding="utf-8"))
    assert imported == []
    return told


COMMANDS_OF_EXTRAS = {
    "prepare": ["prepare", "--task=edges", "--source=x", "--output=y"],
    "report": ["report", "--run=x"],
    "compare": ["compare", "--model=x", "--frame-model=x", "--data=y", "--output=z"],
    "styles fit": ["styles", "fit", "--model=x", "--data=y"],
    "export": ["export", "--run=x", "--output=y"],
    "serve": ["serve", "--model-base-path=x"],
    "stream": ["stream", "--server=localhost:1", "--source=x", "--output=y"],
    "pipeline": ["pipeline", "run", "--source=x", "--root=y"],
    "demo": ["demo"],
}


@pytest.fixture(scope="module")
def without_any(tmp_path_factory) -> dict[str, list]:
    folder = tmp_path_factory.mktemp("without")
    commands = list(COMMANDS_OF_EXTRAS.values())
    told = run_without(EVERY_MODULE, commands, folder)
    return dict(zip(COMMANDS_OF_EXTRAS, told, strict=True))


@pytest.mark.parametrize(
    ("command", "extra", "module"),
    [
        ("prepare", "prepare", "apache_beam"),
        ("report", "report", "jinja2"),
        ("compare", "report", "jinja2"),
        ("styles fit", "styles", "sklearn"),
        ("export", "export", "tensorflow_serving"),
        ("serve", "serving", "tensorflow_serving"),
        ("stream", "serving", "tensorflow_serving"),
        ("pipeline", "pipeline", "tfx"),
        ("demo", "pipeline", "tfx"),
    ],
)
def test_a_command_without_its_extra_prints_one_line(
    command, extra, module, without_any
):
    status, errors = without_any[command]
    assert status == 2
    error = extras.MissingExtraError(extra, f"No module named '{module}'")
    assert errors == f"v2v-tf {command.split()[0]}: {error}\n"
    assert f"needs the extra [{extra}]" in errors and f"'{module}'" in errors
    if extra != "pipeline" or compat.no_tfx_here() is None:
        assert f"pip install 'v2v_tf[{extra}]'" in errors


def test_a_module_that_is_run_without_its_extra_prints_one_line(tmp_path):
    commands = [["serving.server", "--model_base_path=x"], ["serving.server", "--help"]]
    told = run_without(EVERY_MODULE, commands, tmp_path, RUN_MODULES)
    line = (
        "serving.server: needs the extra [serving]: pip install 'v2v_tf[serving]' "
        "(No module named 'tensorflow_serving')\n"
    )
    assert told == [[2, line], [2, line]]


def test_a_module_that_is_imported_without_its_extra_names_it(tmp_path):
    program = """
    told = []
    for module in ("serving.server", "serving.client", "serving.aio_client"):
        try:
            importlib.import_module(module)
        except ImportError as error:
            told.append([type(error).__name__, str(error)])
    """
    told = run_without(EVERY_MODULE, [], tmp_path, textwrap.dedent(program))
    assert [name for name, _ in told] == ["MissingExtraError"] * 3
    assert all("pip install 'v2v_tf[serving]'" in line for _, line in told)


@pytest.mark.slow
def test_one_missing_package_of_an_extra_is_found_before_the_work_begins(tmp_path):
    commands = [
        COMMANDS_OF_EXTRAS["prepare"],
        COMMANDS_OF_EXTRAS["report"],
        COMMANDS_OF_EXTRAS["serve"],
    ]
    told = run_without({"skimage", "markdown_it", "waitress"}, commands, tmp_path)
    assert [status for status, _ in told] == [2, 2, 2]
    missing = [re.search("'([a-z_]+)'\\)$", errors.strip()) for _, errors in told]
    assert [found and found[1] for found in missing] == [
        *("skimage", "markdown_it", "waitress")
    ]


# Every module is imported without extras, and every command started, in fast tests.
@pytest.mark.slow
def test_the_core_trains_and_generates_without_any_extra(tmp_path, toy_data):
    data = f"--data={toy_data}"
    commands = [
        ["toy-street", "--output=clips", "--clips=1", "--frames=3", "--size=64x32"],
        ["train", "--config=test/toy_street", data, "--run=run"],
        ["generate", "--model=run", data, "--output=made"],
    ]
    told = run_without(EVERY_MODULE, commands, tmp_path)
    assert [status for status, _ in told] == [0] * len(commands), told
    assert list((tmp_path / "clips/train_B").rglob("*.png"))
    assert list((tmp_path / "made").rglob("video.mp4"))


@pytest.mark.slow
def test_other_commands_of_the_core_ask_for_their_input_and_not_for_an_extra(tmp_path):
    commands = [
        ["failures", "--model=x", "--output=z"],
        ["evaluate", "--model=x", "--data=y", "--output=z"],
        ["train-segmenter", "--data=y", "--output=z"],
        ["styles", "show", "--model=x", "--data=y", "--output=z"],
        ["edit", "--source=x", "--swap=building=tree", "--output=z"],
        ["forecast", "--forecaster=x", "--data=y", "--output=z"],
        ["retarget", "--source=x", "--reference=y", "--output=z"],
        ["import-nvidia", "--checkpoint=x", "--options=y", "--output=z"],
    ]
    for command, (status, errors) in zip(
        commands, run_without(EVERY_MODULE, commands, tmp_path), strict=True
    ):
        (line,) = errors.splitlines()
        assert status == 2 and line.startswith(f"v2v-tf {command[0]}: "), errors
        assert "extra" not in line


def test_every_module_is_of_the_core_or_names_its_extra(tmp_path):
    told = run_without(EVERY_MODULE, [], tmp_path, IMPORT_EVERYTHING)
    assert {error for _, error in told} == {"MissingExtraError"}
    assert len(told) < 20  # of more than 150


def test_faces_need_the_canny_detector_of_an_extra(monkeypatch):
    import numpy as np

    from v2v_tf.tasks.face import curves as face_curves

    image, parts = np.zeros((6, 9, 3), np.uint8), np.zeros((6, 9), np.uint8)
    assert face_curves.draw_background(image, parts).shape == (6, 9)
    monkeypatch.setitem(sys.modules, "skimage", None)
    with pytest.raises(extras.MissingExtraError, match=r"'v2v_tf\[prepare\]'"):
        face_curves.draw_background(image, parts)


def test_a_missing_extra_is_an_import_error_too(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn", None)
    with pytest.raises(ImportError, match="No module named 'sklearn'") as caught:
        extras.require("styles")
    assert caught.value.extra == "styles"
    assert not isinstance(caught.value, ModuleNotFoundError)


def test_an_error_of_an_installed_package_is_not_taken_for_a_missing_one():
    mistaken = pytest.raises(ModuleNotFoundError, match="no_such_part")
    with mistaken, extras.needed("styles"):
        import sklearn.no_such_part  # noqa: F401


def _distributions(extra: str) -> set[str]:
    """Returns the packages of an extra, with those of the extras that it includes."""
    found: set[str] = set()
    for text in PROJECT["optional-dependencies"][extra]:
        requirement = Requirement(text)
        if requirement.name == PROJECT["name"]:
            found |= {d for part in requirement.extras for d in _distributions(part)}
        elif requirement.marker is None or requirement.marker.evaluate():
            found.add(re.sub(r"[-_.]+", "-", requirement.name).lower())
    return found


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(
            extra, marks=pytest.mark.needs("tfx") if extra == "pipeline" else []
        )
        for extra in extras.MODULES
    ],
)
def test_every_module_comes_with_the_extra_that_asks_for_it(extra):
    brought = {
        path.parts[0]
        for name in _distributions(extra)
        for path in metadata.distribution(name).files or []
    }
    assert set(extras.MODULES[extra]) <= brought


def test_every_extra_that_users_install_is_looked_for():
    for_users = set(PROJECT["optional-dependencies"]) - {"all", "dev", "docs"}
    assert set(extras.MODULES) == for_users
    assert _distributions("all") == set().union(*map(_distributions, for_users))


def test_several_packages_of_opencv_are_doubted(tmp_path, monkeypatch):
    assert extras.doubt_of_opencv() is None
    folder = tmp_path / "opencv_contrib_python-4.9.0.80.dist-info"
    folder.mkdir()
    text = "Metadata-Version: 2.1\nName: opencv-contrib-python\nVersion: 4.9.0.80\n"
    (folder / "METADATA").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    said = extras.doubt_of_opencv()
    assert "and opencv-contrib-python 4.9.0.80 are installed, and each over" in said
    assert "uninstall -y opencv-python-headless opencv-contrib-python, then" in said
    assert "pip install opencv-python-headless==4" in said
