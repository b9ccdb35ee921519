"""A room of the package imports only from the rooms below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "v2v_tf"
# From the ground up; `apps.*` in their own order.
ROOMS = (
    *("compat", "errors", "extras", "memory"),
    *("tensorflow_private", "config", "storage"),
    "torch_format",
    *("layers", "detection", "tasks", "data", "toy_street"),
    *("losses", "metrics", "visualization", "models", "inference"),
    *("training", "published", "export"),
    *(
        "apps.styles",
        "apps.packs",
        "apps.generation",
        "apps.annotation",
        "apps.editing",
        "apps.segmentation",
        "apps.forecasting",
    ),
    *("apps.retargeting", "apps.evaluation", "apps.reporting"),
    "cli",
)


def _room(module: str) -> str | None:
    """The room of `v2v_tf.x.y`; None of the package itself and of other packages."""
    package, *names = module.split(".")
    if package != "v2v_tf" or not names:
        return None
    return ".".join(names[:2]) if names[0] == "apps" else names[0]


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _upwards(room: str, source: str) -> list[str]:
    above = ROOMS[ROOMS.index(room) + 1 :]
    return [name for name in _imports(source) if _room(name) in above]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_from_below(room):
    folder = PACKAGE / room.replace(".", "/")
    modules = sorted(folder.rglob("*.py")) or [folder.with_suffix(".py")]
    found = {
        str(m.relative_to(PACKAGE)): _upwards(room, m.read_text()) for m in modules
    }
    assert {name: names for name, names in found.items() if names} == {}


def test_every_room_has_its_place():
    tops = {p.stem for p in PACKAGE.iterdir() if p.is_dir() or p.suffix == ".py"}
    tops -= {"__init__", "__pycache__", "packs"}  # packs are data
    assert tops == {room.partition(".")[0] for room in ROOMS}
    apps = {
        p.name for p in (PACKAGE / "apps").iterdir() if (p / "__init__.py").exists()
    }
    assert apps == {room.partition(".")[2] for room in ROOMS if "." in room}


def test_an_import_upwards_is_found():
    source = "def f():\n    from v2v_tf.apps.styles import show\nimport v2v_tf.errors\n"
    assert _upwards("inference", source) == ["v2v_tf.apps.styles.show"]
    assert _upwards("apps.reporting", source) == []
