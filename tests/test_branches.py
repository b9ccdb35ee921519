"""Nobody outside its home compares the name of a task or of a model family.

What others need to know of one they ask the `Task` or the `ModelFamily`.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path

import pytest

from v2v_tf.config.plugins import MODELS, TASKS

ROOT = Path(__file__).parents[1]
# The table by which built-in plug-ins are found.
ALLOWED = ROOT / "v2v_tf/config/plugins.py"


@dataclass(frozen=True)
class Kind:
    """A kind of plug-in.

    Attributes:
        home: folder of its plug-ins, whose modules may know their names.
        names: names of the plug-ins of that kind.
        words: what holds a name, or the plug-in itself, is called one of these.
        classes: names of classes that one plug-in alone has.
    """

    home: Path
    names: frozenset[str]
    words: frozenset[str]
    classes: frozenset[str] = frozenset()

    @property
    def modules(self) -> list[Path]:
        """Every module outside the home."""
        return sorted(
            path
            for folder in ("v2v_tf", "pipeline", "serving")
            for path in (ROOT / folder).rglob("*.py")
            if self.home not in path.parents and path != ALLOWED
        )


def _classes_of_families() -> frozenset[str]:
    """Names of the model and of the synthesizer of each family."""
    found = set()
    for family in map(MODELS.get, MODELS.names()):
        found.add(type(family).build.__annotations__["return"])
        if family.synthesizer is not None:
            found.add(family.synthesizer.rpartition(":")[2])
    return frozenset(found)


TASK = Kind(
    ROOT / "v2v_tf/tasks",
    frozenset(TASKS.names()),
    frozenset({"task", "task_of", "TASKS"}),
)
MODEL = Kind(
    ROOT / "v2v_tf/models",
    frozenset(MODELS.names()),
    frozenset({"model", "family", "family_of", "MODELS"}),
    _classes_of_families(),
)
KINDS = {"task": TASK, "model": MODEL}


def _called(expression: ast.expr, words: frozenset[str]) -> bool:
    """Whether an expression reads something that is called one of the words."""
    return any(
        (isinstance(node, ast.Attribute) and node.attr in words)
        or (isinstance(node, ast.Name) and node.id in words)
        for node in ast.walk(expression)
    )


def _names(expression: ast.expr, names: frozenset[str]) -> bool:
    """Whether a plug-in stands in an expression by its name."""
    return any(
        isinstance(node, ast.Constant) and node.value in names
        for node in ast.walk(expression)
    )


def _asks_by_name(call: ast.Call, kind: Kind) -> bool:
    """Whether a call passes a name on as what a run must be of."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else None
    name = function.id if isinstance(function, ast.Name) else name
    values = [k.value for k in call.keywords if k.arg in kind.words]
    if name == "load_config":
        values += call.args[1:]
    return any(
        isinstance(value, ast.Constant) and value.value in kind.names
        for value in values
    )


def branches(source: str, kind: Kind) -> list[int]:
    """Returns the lines of comparisons and look-ups by the name of a plug-in."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            by_name = any(_called(side, kind.words) for side in sides) and any(
                _names(side, kind.names) for side in sides
            )
            if by_name or any(_called(side, kind.classes) for side in sides):
                found.append(node.lineno)
        elif isinstance(node, ast.Match) and _called(node.subject, kind.words):
            found.append(node.lineno)
        elif isinstance(node, ast.Dict):
            keys = [key for key in node.keys if isinstance(key, ast.Constant)]
            if sum(key.value in kind.names for key in keys) > 1:
                found.append(node.lineno)
        elif isinstance(node, ast.Call):
            tests_class = _called(
                node.func, frozenset({"isinstance", "issubclass"})
            ) and any(_called(value, kind.classes) for value in node.args[1:])
            if tests_class or _asks_by_name(node, kind):
                found.append(node.lineno)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_no_module_outside_its_home_branches_on_a(kind):
    modules = KINDS[kind].modules
    assert len(modules) > 200
    found = {
        str(path.relative_to(ROOT)): branches(
            path.read_text(encoding="utf-8"), KINDS[kind]
        )
        for path in modules
    }
    assert {name: lines for name, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("task", 'if config.task == "pose": pass'),
        ("task", 'smooth = config.task in ("face", "edges")'),
        ("task", 'if "street" != task: pass'),
        ("task", 'found = (config.task, 3) == ("street", 3)'),
        ("task", 'PRESETS = {"street": 1, "face": 2}'),
        ("task", 'match config.task:\n    case "pose": pass'),
        ("task", 'if task_of(config).name == "face": pass'),
        ("model", 'is_video = config.model == "vid2vid"'),
        ("model", 'if model not in ("first_frame", "forecaster"): pass'),
        ("model", 'if family_of(config).name != "forecaster": pass'),
        ("model", 'TITLES = {"vid2vid": "video", "forecaster": "labels"}'),
        ("model", 'match config.model:\n    case "forecaster": pass'),
        ("model", 'config = runs.load_config(run, precision, model="first_frame")'),
        ("model", 'config = load_config(run, None, "vid2vid")'),
        ("model", 'check(run, model="forecaster")'),
        ("model", "if isinstance(model, Vid2Vid): pass"),
        ("model", "if isinstance(one, (Other, models.ForecasterModel)): pass"),
        ("model", "if isinstance(synthesizer, FrameByFrame): pass"),
        ("model", "if type(synthesizer) is Synthesizer: pass"),
    ],
)
def test_a_branch_is_found(kind, source):
    assert branches(source, KINDS[kind]) == [1]


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("task", 'if name == "face": pass\nif a.task != b.task: pass'),
        ("model", 'name = "vid2vid" if family.makes_video else "frame_by_frame"'),
        ("model", "runs.load_config(source, model=other.model)"),
        ("model", 'runs.load_config(run, needs="makes_video")'),
        ("model", 'load_config("vid2vid")\nserve(model_name="vid2vid")'),
        ("model", "FrameByFrame.load(run)\nif isinstance(layer, Conv2D): pass"),
    ],
)
def test_names_of_other_things_are_no_branches(kind, source):
    assert branches(source, KINDS[kind]) == []
