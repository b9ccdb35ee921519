"""Finds the numbered versions of a model in a folder, as TensorFlow Serving does."""

from __future__ import annotations

import re
from pathlib import Path

MODEL_FILE = "saved_model.pb"
EXTRA = "assets.extra"
METADATA_FILE = "metadata.json"  # in EXTRA
WARMUP_FILE = "tf_serving_warmup_requests"  # in EXTRA
Fingerprint = tuple[tuple[str, int, int], ...]


def versions(folder: Path) -> list[int]:
    """Returns the versions in a folder, complete or not, rising."""
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted({int(name) for name in names if re.fullmatch(r"\d+", name)})


def version_folders(folder: Path) -> dict[int, Path]:
    """Returns the folders of the versions that hold a graph."""
    found = {}
    for version in versions(folder):
        named = [p for p in folder.iterdir() if re.fullmatch(rf"0*{version}", p.name)]
        complete = [path for path in named if (path / MODEL_FILE).is_file()]
        if complete:
            found[version] = complete[0]
    return found


def fingerprint(folder: Path) -> Fingerprint:
    """Returns name, size and time of change of every file of a version.

    It is the same twice when nobody copies into the folder any more.
    """
    marks = []
    for path in sorted(folder.rglob("*")):
        try:
            facts = path.stat()
        except OSError:  # Gone since it was listed.
            continue
        marks.append((str(path), facts.st_size, facts.st_mtime_ns))
    return tuple(marks)
