"""The wheel of this tree: what is in it, and that it works where no checkout is."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from email import message_from_string
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import v2v_tf

ROOT = Path(__file__).parents[1]
BUILD = "import sys; from setuptools import build_meta as b; b.build_wheel(sys.argv[1])"
# Files of the three packages that travel beside the modules.
DATA = {
    "v2v_tf": ("py.typed", "**/*.html", "packs/*/*"),
    "pipeline": ("py.typed",),
    "serving": ("py.typed", "config/*.config", "docker/*.yaml", "k8s/*.yaml"),
}


def _plain_environment() -> dict[str, str]:
    """The environment without what would let this checkout in."""
    hidden = ("PYTHONPATH", "VIRTUAL_ENV")
    return {key: value for key, value in os.environ.items() if key not in hidden}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Builds the wheel as pip does, with everything on the way outside of the tree."""
    folder = tmp_path_factory.mktemp("build")
    options = folder / "extra.cfg"
    options.write_text(
        f"[egg_info]\negg_base={folder}\n[build]\nbuild_base={folder / 'build'}\n"
    )
    before = {path.name for path in ROOT.iterdir()}
    environment = {**os.environ, "DIST_EXTRA_CONFIG": str(options)}
    command = [sys.executable, "-c", BUILD, folder / "dist"]
    (folder / "dist").mkdir()
    subprocess.run(
        command, cwd=ROOT, check=True, env=environment, stdout=subprocess.DEVNULL
    )
    appeared = {path.name for path in ROOT.iterdir()} - before
    assert not appeared & {"build", "dist", "v2v_tf.egg-info"}
    (built,) = (folder / "dist").iterdir()
    return built


@pytest.fixture(scope="module")
def installed(tmp_path_factory, wheel) -> Path:
    """Installs the wheel alone in a new environment; returns that.

    The locked packages of this one are on its path, but not what their `.pth` files
    do: one of them is how this checkout is installed.
    """
    if importlib.util.find_spec("ensurepip") is None:
        pytest.skip("this Python has no ensurepip, which brings pip into a venv")
    venv = tmp_path_factory.mktemp("installed") / "venv"
    environment = _plain_environment()
    subprocess.run([sys.executable, "-m", "venv", venv], check=True, env=environment)
    install = [venv / "bin/python", "-m", "pip", "install", "--quiet", "--no-deps"]
    offline = ["--no-index", "--disable-pip-version-check", wheel]
    subprocess.run([*install, *offline], check=True, env=environment)
    (_site(venv) / "locked.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return venv


@pytest.fixture
def run_installed(installed, tmp_path):
    """Runs a program of the new environment in an empty folder; returns its output."""

    def run(program: str, *arguments: str) -> str:
        done = subprocess.run(
            [installed / "bin" / program, *arguments],
            cwd=tmp_path,
            env=_plain_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def _site(venv: Path) -> Path:
    (site,) = venv.glob("lib/*/site-packages")
    return site


def test_every_module_and_data_file_is_installed(installed):
    for package, patterns in DATA.items():
        for pattern in ("**/*.py", *patterns):
            expected = list((ROOT / package).glob(pattern))
            assert expected, (package, pattern)
            for path in expected:
                copy = _site(installed) / path.relative_to(ROOT)
                assert copy.is_file() and copy.read_bytes() == path.read_bytes(), path
    for preset in (ROOT / "configs").rglob("*.yaml"):
        copy = _site(installed) / "v2v_tf" / preset.relative_to(ROOT)
        assert copy.read_bytes() == preset.read_bytes()


def test_nothing_else_is_installed(installed):
    (record,) = _site(installed).glob("v2v_tf-*.dist-info/RECORD")
    files = [line.split(",")[0] for line in record.read_text().splitlines()]
    known = ("v2v_tf/", "serving/", "pipeline/", record.parent.name, "../")
    assert [name for name in files if not name.startswith(known)] == []
    assert [name for name in files if name.startswith("../")] == ["../../../bin/v2v-tf"]
    packs = [Path(name) for name in files if name.startswith("v2v_tf/packs/")]
    expected = {".safetensors", ".json", ".yaml", ".npz", ".md", ".png"}
    assert {path.suffix for path in packs} == expected
    others = {Path(name) for name in files if name.startswith("v2v_tf/")} - set(packs)
    kinds = {path.suffix for path in others}
    assert kinds <= {".py", ".pyc", ".yaml", ".html", ".typed"}


def test_the_metadata_agree_with_the_package(installed, run_installed):
    (path,) = _site(installed).glob("v2v_tf-*.dist-info/METADATA")
    about = message_from_string(path.read_text(encoding="utf-8"))
    assert about["Name"] == "v2v_tf" and about["License"] == "Apache-2.0"
    assert about["Version"] == v2v_tf.__version__
    program = "import v2v_tf; print(v2v_tf.__version__, v2v_tf.__file__)"
    version, file = run_installed("python", "-c", program).split()
    assert version == v2v_tf.__version__
    assert Path(file).is_relative_to(installed)
    # What other commands bring is asked for by name; nobody gets it unasked.
    plain = [line for line in about.get_all("Requires-Dist") if "extra ==" not in line]
    words = {Requirement(line).name for line in plain}
    assert {"tensorflow", "numpy", "imageio"} <= words
    assert not words & {"apache-beam", "tfx", "scikit-learn", "scikit-image", "jinja2"}


def test_every_preset_loads_by_name_in_another_folder(run_installed):
    names = sorted(
        str(path.relative_to(ROOT / "configs").with_suffix(""))
        for path in (ROOT / "configs").rglob("*.yaml")
        if path.parent.name != "pipelines"
    )
    assert len(names) > 40
    program = (
        "import sys, v2v_tf\n"
        "for name in sys.argv[1:]: print(name, v2v_tf.load_config(name).task)\n"
    )
    lines = run_installed("python", "-c", program, *names).splitlines()
    assert [line.split()[0] for line in lines] == names
    assert "test/face_512 face" in lines and "pose_256 pose" in lines


def test_the_command_explains_itself_with_the_plug_in_commands(run_installed):
    shown = run_installed("v2v-tf", "--help")
    for name in ("train", "prepare", "pipeline", "demo", "serve", "stream"):
        assert f"\n    {name} " in shown
    without = [line for line in shown.splitlines() if "needs [" in line]
    if importlib.util.find_spec("tfx") is None:
        assert {line.split()[0] for line in without} == {"demo", "pipeline"}
    else:
        assert without == []


@pytest.mark.slow
def test_the_pipeline_makes_its_schemas(run_installed, installed):
    program = (
        "from pipeline import schema\n"
        "from v2v_tf.config import TASKS\n"
        "for task in TASKS.names():\n"
        "    print(schema.__file__, len(schema.schema_text(TASKS.get(task))))\n"
    )
    lines = run_installed("python", "-c", program).splitlines()
    assert len(lines) >= 4
    for line in lines:
        path, length = line.split()
        assert Path(path).is_relative_to(installed) and int(length) > 100


def _find_uv() -> str:
    own = ROOT / ".tools/uv/bin/uv"
    found = shutil.which("uv") or (str(own) if own.is_file() else None)
    return found or pytest.skip("no uv: neither on the path nor in .tools/")


@pytest.mark.slow
def test_a_clean_install_from_the_registry_prepares_clips(wheel, tmp_path):
    uv, venv = _find_uv(), tmp_path / "venv"
    environment = {**_plain_environment(), "VIRTUAL_ENV": str(venv)}

    def run(*command: str | Path) -> str:
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    run(uv, "venv", "--quiet", "--no-project", "--python", sys.executable, venv)
    run(uv, "pip", "install", "--quiet", f"v2v_tf[prepare] @ {wheel.as_uri()}")
    names = {line.split("==")[0] for line in run(uv, "pip", "freeze").splitlines()}
    assert {"apache-beam", "scikit-image", "tensorflow"} <= names
    assert not names & {"tfx", "scikit-learn", "prometheus-client", "mkdocs", "pytest"}

    command = venv / "bin/v2v-tf"
    shown = run(command, "--help")
    assert "needs [pipeline]" in shown and "needs [serving]" in shown
    size = ("--clips=2", "--frames=4", "--size=64x32")
    run(command, "toy-street", "--output=clips", *size)
    records = ("--source=clips", "--output=records", "--config=test/toy_street")
    assert "2 clips" in run(command, "prepare", *records)
    manifest = tmp_path / "records/manifest.json"
    assert f'"v2v_tf": "{v2v_tf.__version__}"' in manifest.read_text()
