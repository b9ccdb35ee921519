"""Finds the folder of a model, whatever it is called by."""

from __future__ import annotations

from pathlib import Path

from v2v_tf.apps.packs.pulling import is_reference, pull
from v2v_tf.storage import packs


def model_folder(model: str | Path) -> Path:
    """Returns the folder of a model.

    Args:
        model: path of a run, an export or a pack; the name of a pack; or where a pack
            is fetched from, see `pulling.pull`.

    Returns:
        The folder, which may be missing: whoever reads it says so.

    Raises:
        InputError: a pack that cannot be fetched.

    Example:
        ```python
        >>> from v2v_tf.apps.packs.finding import model_folder
        >>> model_folder("runs/toy")
        PosixPath('runs/toy')

        ```
    """
    text = str(model)
    return pull(text) if is_reference(text) else packs.located(model)
