"""Exports a run or a pack before it is served, once; later starts find it."""

from __future__ import annotations

import hashlib
import importlib
from pathlib import Path

_DIGITS = 16


def cached_export(model: str) -> tuple[str, Path]:
    """Returns a name and a folder of versions for a model.

    Args:
        model: a run or a pack, as other commands take it by `--model`.

    Returns:
        The name of its folder, and the folder of its export in the user's cache. It is
        another one for other weights.

    Raises:
        InputError: no such model, or one that cannot be exported.
    """
    # Only whoever serves a run needs the code that exports.
    finding = importlib.import_module("v2v_tf.apps.packs.finding")
    packs = importlib.import_module("v2v_tf.storage.packs")
    steppers = importlib.import_module("v2v_tf.apps.generation.steppers")
    folder = finding.model_folder(model)
    digest = hashlib.sha256()
    for name, file in steppers.model_files(folder):
        digest.update(f"{name} {file.stat().st_size}\n".encode())
        digest.update(file.read_bytes())
    label = folder.resolve().name
    output = packs.cache_folder() / "exports" / digest.hexdigest()[:_DIGITS] / label
    if not (output / "1").is_dir():
        print(f"exporting {folder} once, to {output}")
        importlib.import_module("v2v_tf.export.saved_model").export(folder, output)
    return label, output
