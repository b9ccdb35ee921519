"""Exports a run or a pack before it is served, once; later starts find it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from v2v_tf import __version__
from v2v_tf.storage.files import sha256
from v2v_tf.storage.packs import cache_folder

_DIGITS = 16


def cached_export(model: str) -> tuple[str, Path]:
    """Returns a name and a folder of versions for a model.

    Args:
        model: a run or a pack, as other commands take it by `--model`.

    Returns:
        The name of its folder, and the folder of its export in the user's cache. It is
        another one for other weights, or by another version of v2v_tf.

    Raises:
        InputError: no such model, or one that cannot be exported.
    """
    # Only whoever serves a run needs the code that exports.
    from v2v_tf.apps.generation.steppers import model_files
    from v2v_tf.apps.packs.finding import model_folder
    from v2v_tf.export.saved_model import export

    folder = model_folder(model)
    digest = hashlib.sha256(f"v2v_tf {__version__}\n".encode())
    for name, file in model_files(folder):
        digest.update(f"{name} {sha256(file)}\n".encode())
    label = folder.resolve().name
    output = cache_folder() / "exports" / digest.hexdigest()[:_DIGITS] / label
    if not (output / "1").is_dir():
        print(f"exporting {folder} once, to {output}")
        export(folder, output)
    return label, output
