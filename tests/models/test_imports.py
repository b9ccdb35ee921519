"""What models share knows no model, and a model's objective knows no `keras.Model`."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MODELS = Path(__file__).parents[2] / "v2v_tf" / "models"
FAMILIES = sorted(path.parent.name for path in MODELS.glob("*/family.py"))


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(
    "path", sorted(MODELS.glob("common/*.py")), ids=lambda p: p.stem
)
def test_common_imports_no_family(path):
    families = tuple(f"v2v_tf.models.{name}." for name in FAMILIES)
    assert [name for name in _imports(path) if f"{name}.".startswith(families)] == []


@pytest.mark.parametrize("family", FAMILIES)
def test_an_objective_does_not_import_its_model(family):
    """Losses would otherwise reach for whatever the model has."""
    path = MODELS / family / "objective.py"
    names = _imports(path)
    assert "v2v_tf.models.common.loss_terms.LossTerm" in names
    assert not any(name.startswith(f"v2v_tf.models.{family}.model") for name in names)


def test_imports_are_found(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("import a.b\ndef f():\n    from c.d import e\n")
    assert _imports(path) == {"a.b", "c.d.e"}
    assert FAMILIES == ["first_frame", "forecaster", "vid2vid"]
