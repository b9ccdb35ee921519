"""Which stack set-up takes: with interpreters and a uv that only say what they got."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = ("pyproject.toml", "setup.py", *(p.name for p in ROOT.glob("*.lock")))
UV = """#!/bin/bash
echo "$@" >> "$LOG"
case "$1" in
  venv) mkdir -p "${@: -1}/bin"; printf '#!/bin/sh\\n' > "${@: -1}/bin/python"
        chmod +x "${@: -1}/bin/python" ;;
  python) exit 1 ;;
esac
"""
# An interpreter fits the stack whose name is compared with itself, or with living.
PYTHONS = {
    "python3.10": "case \"$2\" in *\"'pinned' == 'pinned'\"*) exit 0 ;; esac; exit 1",
    "python3.12": "case \"$2\" in *\"'living' == 'pinned'\"*) exit 0 ;; esac; exit 1",
}


@pytest.fixture
def set_up(tmp_path):
    """Runs setup.sh with some interpreters; returns its status and its words."""
    tree, tools = tmp_path / "tree", tmp_path / "tools"
    (tree / "scripts").mkdir(parents=True)
    tools.mkdir()
    for name in FILES:
        shutil.copy(ROOT / name, tree / name)
    shutil.copy(ROOT / "scripts/setup.sh", tree / "scripts/setup.sh")
    (tools / "uv").write_text(UV)
    (tools / "uv").chmod(0o755)

    def run(*pythons: str, stamp: str | None = None, **env: str) -> tuple[int, str]:
        for name in (f"python3.{minor}" for minor in range(10, 14)):
            # Others of the machine must not be found.
            body = PYTHONS[name] if name in pythons else "exit 1"
            (tools / name).write_text(f"#!/bin/bash\n{body}\n")
            (tools / name).chmod(0o755)
        if stamp is not None:
            (tree / ".venv").mkdir()
            (tree / ".venv/.lock-hash").write_text(stamp)
        clean = {
            "PATH": f"{tools}:/usr/bin:/bin",
            "HOME": str(tmp_path / "home"),
            "LOG": str(tmp_path / "log"),
            "CXX": "true",
        }
        done = subprocess.run(
            ["bash", "scripts/setup.sh"],
            cwd=tree,
            env=clean | env,
            capture_output=True,
            text=True,
            check=False,
        )
        log = tmp_path / "log"
        said = done.stderr + (log.read_text() if log.exists() else "")
        return done.returncode, said

    return run


@pytest.mark.parametrize(
    ("pythons", "options", "stack", "lock"),
    [
        (("python3.10", "python3.12"), {}, "pinned", "requirements.lock"),
        (("python3.12",), {}, "living", "requirements-living.lock"),
        (
            ("python3.10", "python3.12"),
            {"STACK": "living"},
            "living",
            "requirements-living.lock",
        ),
        (("python3.10",), {"STACK": "pinned"}, "pinned", "requirements.lock"),
        # What an earlier version left: a hash and no name of a stack.
        (("python3.10",), {"stamp": "ab" * 32}, "pinned", "requirements.lock"),
        (
            ("python3.10", "python3.12"),
            {"stamp": "living " + "ab" * 32},
            "living",
            "requirements-living.lock",
        ),
    ],
)
def test_which_stack_is_taken(set_up, pythons, options, stack, lock):
    status, said = set_up(*pythons, **options)
    assert status == 0, said
    assert f"setup: stack: {stack}," in said
    assert f"pip sync --quiet --compile-bytecode {lock}\n" in said


def test_a_second_call_does_nothing(set_up):
    assert set_up("python3.10")[0] == 0
    status, said = set_up("python3.10")
    assert status == 0 and said.count("pip sync") == 1


@pytest.mark.parametrize(
    ("pythons", "options", "words"),
    [
        (("python3.10",), {"STACK": "newest"}, "STACK=newest is no stack"),
        (("python3.10",), {"STACK": "living"}, "No Python 3.11 to 3.13 was found"),
        (("python3.12",), {"STACK": "pinned"}, "No Python 3.10 was found"),
        ((), {}, "was found or could be installed"),
    ],
)
def test_what_cannot_be_had_is_one_line(set_up, pythons, options, words):
    status, said = set_up(*pythons, **options)
    assert status == 1 and words in said
    assert "pip sync" not in said
