"""Reads JSON files of other commands, and refuses in a sentence what does not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from v2v_tf.errors import InputError


def read_json(path: Path, kind: type, advice: str) -> Any:
    """Reads a file.

    Args:
        path: path of the file.
        kind: `dict` or `list`, what it must hold.
        advice: advice for the error message.

    Raises:
        InputError: no such file, no JSON, or something else in it.
    """
    if not path.is_file():
        raise InputError(f"no file {path}: {advice}")
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path} is no JSON ({error}): {advice}") from error
    if not isinstance(found, kind):
        expected = "an object" if kind is dict else "a list"
        raise InputError(
            f"{path}: expected {expected}, got {type(found).__name__}: {advice}"
        )
    return found
