"""Packages of other people, as an installer leaves them, and `v2v-tf` beside them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def install(
    folder: Path, name: str, modules: Mapping[str, str], group: str, entry: str
) -> None:
    """Writes a package with one entry point.

    Args:
        folder: where packages are installed.
        name: name of the package.
        modules: their texts by name.
        group: group that the entry point is registered in.
        entry: the entry point, `name = module:attribute`.
    """
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    facts = folder / f"{name}-0.3.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: 0.3"
    )
    (facts / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")


def run_command(folder: Path, *arguments: object) -> subprocess.CompletedProcess:
    """Runs `v2v-tf` where the packages of a folder are installed."""
    path = os.pathsep.join([str(folder), str(Path(__file__).parents[1])])
    return subprocess.run(
        [sys.executable, "-m", "v2v_tf.cli.main", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
