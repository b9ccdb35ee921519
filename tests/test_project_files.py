"""The files that people meet beside the code: they parse, and say what is so."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

try:
    import tomllib
except ImportError:  # before Python 3.11
    import tomli as tomllib
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import v2v_tf

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
FORMS = sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml"))


def _read(path: str | Path) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def test_the_citation_names_this_version_and_the_paper():
    citation = _read("CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert str(citation["version"]) == v2v_tf.__version__
    assert citation["license"] == PROJECT["project"]["license"]["text"]
    for key in ("message", "title", "authors"):
        assert citation[key], key
    (paper,) = citation["references"]
    assert paper["title"] == "Video-to-Video Synthesis" and paper["year"] == 2018
    assert len(paper["authors"]) == 7
    assert all(
        set(name) == {"family-names", "given-names"} for name in paper["authors"]
    )


def test_the_version_is_written_once():
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {
        "attr": "v2v_tf.__version__"
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", v2v_tf.__version__)
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest and newest[1] in (v2v_tf.__version__, "Unreleased", "[Unreleased]")


def test_no_person_address_or_unknown_place_is_named():
    named = set(PROJECT["project"])
    assert not named & {"authors", "maintainers", "urls"}
    (author,) = _read("CITATION.cff")["authors"]
    assert author == {"name": "v2v_tf contributors"}


def test_the_workflow_runs_what_continuous_integration_runs():
    workflow = _read(".github/workflows/ci.yml")
    assert set(workflow[True]) == {"push", "pull_request"}  # YAML's `on`
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == ["bash .ci/run"]
    assert (ROOT / ".ci/run").is_file()


def test_every_hook_runs_a_command_of_the_lock_that_lint_runs():
    (repository,) = _read(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    lint = re.search(r"^lint:.*\n\t(.*)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert lint
    tools = set()
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        command = Path(shlex.split(hook["entry"])[0])
        assert command.parent == Path(".venv/bin")
        assert f"{command} " in f"{lint[1]} ", hook["id"]
        assert Path(sys.executable).with_name(command.name).is_file(), hook["id"]
        tools.add(command.name)
    assert tools == {"ruff", "mypy", "codespell"}


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_are_as_the_site_reads_them(path):
    form = _read(path)
    if path.stem == "config":
        assert form == {"blank_issues_enabled": True}
        return
    assert {"name", "description", "body"} <= set(form)
    ids = [field["id"] for field in form["body"]]
    assert len(ids) == len(set(ids)) >= 3
    for field in form["body"]:
        assert field["type"] == "textarea" and field["attributes"]["label"]
    assert any(field.get("validations", {}).get("required") for field in form["body"])


def test_there_is_a_form_for_bugs_and_one_for_features():
    assert {path.stem for path in FORMS} == {"bug", "feature", "config"}


def test_the_targets_that_contributors_are_told_of_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))
    assert {"setup", "lint", "test", "docs"} <= targets
    rules = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    assert targets <= rules


LOCKS = {
    "requirements.lock": "3.10",
    "requirements-living.lock": "3.12",
    "requirements-living-tfx.lock": "3.12",
}


def lines_of(lock: str) -> list[str]:
    return (ROOT / lock).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("name", LOCKS)
def test_locks_hold_names_and_versions_alone(name):
    """No address, and no package without its version."""
    for line in lines_of(name):
        assert re.fullmatch(r"[a-z0-9.\[\]-]+==[\w.]+( ; .+)?", line), line


def test_a_changed_dependency_makes_the_environment_anew():
    text = (ROOT / "scripts/setup.sh").read_text(encoding="utf-8")
    (stamp,) = re.findall(r"cat (.*?);", text)[:1]
    assert {*LOCKS, "pyproject.toml", "setup.py"} <= set(stamp.split())


@pytest.mark.parametrize(("name", "python"), LOCKS.items())
def test_every_package_of_an_extra_is_in_the_locks(name, python):
    locked = {line.partition("==")[0] for line in lines_of(name)}
    extras = PROJECT["project"]["optional-dependencies"]
    if name == "requirements-living.lock":
        # TFX asks for a newer system, and pages are made on the pinned stack.
        extras = {k: v for k, v in extras.items() if k not in ("pipeline", "docs")}
    for text in sum(extras.values(), PROJECT["project"]["dependencies"]):
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or marker.evaluate({"python_version": python}):
            known = canonicalize_name(requirement.name)
            assert known in locked | {"v2v-tf"}, text


@pytest.mark.parametrize("name", LOCKS)
def test_exactly_one_opencv_is_in_the_locks(name):
    lock = lines_of(name)
    assert sum(line.startswith("opencv") for line in lock) == 1
    assert any(line.startswith("opencv-python-headless==") for line in lock)


def test_every_pointer_into_the_method_names_a_section_that_it_has():
    method = (ROOT / "docs/method.md").read_text(encoding="utf-8")
    sections = set(re.findall(r"^##+ (\d+(?:\.\d+)?) ", method, re.MULTILINE))
    assert "3.5" in sections and len(sections) > 50
    found = {}
    for folder in ("v2v_tf", "serving", "pipeline", "configs", "tests", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".yaml", ".md"):
                text = " ".join(path.read_text(encoding="utf-8").split())
                for numbers in re.findall(
                    r"method\.md (\d[\d.]*\d?(?:(?:, | and | to )\d+\.\d+)*)", text
                ):
                    for number in re.findall(r"\d+(?:\.\d+)?", numbers):
                        found.setdefault(number, path)
    assert len(found) > 30
    assert not {n: path for n, path in found.items() if n not in sections}


def test_no_reference_points_to_a_text_that_is_not_here():
    outside = re.compile(r"(?i:\bspec (?:part )?\d)|\(A\d+")
    here = Path(__file__)
    for folder in ("v2v_tf", "serving", "pipeline", "configs", "tests", "docs"):
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in (".py", ".yaml", ".md") and path != here:
                match = outside.search(path.read_text(encoding="utf-8"))
                assert match is None, f"{path}: {match and match[0]}"
