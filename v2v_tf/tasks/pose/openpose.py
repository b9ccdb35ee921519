"""Files of OpenPose."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from v2v_tf.errors import InputError
from v2v_tf.tasks.files import read_text


def read_openpose(path: Path) -> dict[str, Any]:
    """Reads an OpenPose JSON with at least one person."""
    try:
        parsed = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: not valid JSON: {error}") from error
    people = parsed.get("people") if isinstance(parsed, dict) else None
    if not isinstance(people, list) or not people:
        raise InputError(f"{path}: expected an OpenPose JSON with people, got none")
    return parsed
