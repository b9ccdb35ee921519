"""Nobody outside `v2v_tf/tasks` compares the name of a task: each asks the task."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from v2v_tf.config.plugins import TASKS

ROOT = Path(__file__).parents[1]
HOME = ROOT / "v2v_tf" / "tasks"
MODULES = sorted(
    path
    for folder in ("v2v_tf", "pipeline", "serving")
    for path in (ROOT / folder).rglob("*.py")
    if HOME not in path.parents
)


def _names_a_task(expression: ast.expr) -> bool:
    """Whether an expression reads something called `task`."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr == "task")
        or (isinstance(node, ast.Name) and node.id == "task")
        for node in ast.walk(expression)
    )


def _has_task_name(expression: ast.expr) -> bool:
    return any(
        isinstance(node, ast.Constant) and node.value in TASKS.names()
        for node in ast.walk(expression)
    )


def branches(source: str) -> list[int]:
    """Returns the lines of comparisons and look-ups by the name of a task."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(map(_names_a_task, sides)) and any(map(_has_task_name, sides)):
                found.append(node.lineno)
        elif isinstance(node, ast.Match) and _names_a_task(node.subject):
            found.append(node.lineno)
        elif isinstance(node, ast.Dict):
            keys = [key for key in node.keys if isinstance(key, ast.Constant)]
            if sum(key.value in TASKS.names() for key in keys) > 1:
                found.append(node.lineno)
    return found


def test_no_module_outside_its_home_branches_on_a_task():
    assert len(MODULES) > 200
    # The table by which built-in tasks are found.
    allowed = ROOT / "v2v_tf/config/plugins.py"
    found = {
        str(path.relative_to(ROOT)): branches(path.read_text(encoding="utf-8"))
        for path in MODULES
        if path != allowed
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    "source",
    [
        'if config.task == "pose": pass',
        'smooth = config.task in ("face", "edges")',
        'if "street" != task: pass',
        'found = (config.task, 3) == ("street", 3)',
        'PRESETS = {"street": 1, "face": 2}',
        'match config.task:\n    case "pose": pass',
    ],
)
def test_a_branch_is_found(source):
    assert branches(source) == [1]


def test_names_of_other_things_are_no_branches():
    assert branches('if judge == "face": pass\nif a.task != b.task: pass') == []
