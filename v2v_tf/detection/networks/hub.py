"""What the Hugging Face Hub holds of a network besides its weights.

Names are pinned: a branch such as `main` may be another network tomorrow, so a name is
`hf:org/name@COMMIT` with the whole hash of a commit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from v2v_tf.detection.model_files import Licences
from v2v_tf.detection.networks.description import InputRules
from v2v_tf.errors import InputError
from v2v_tf.extras import needed

PREFIX = "hf:"
_NAME = re.compile(r"hf:([\w.-]+/[\w.-]+)(?:@(\S*))?")
_COMMIT = re.compile(r"[0-9a-f]{40}")
# No pickles: files of these kinds are the only ones that come down.
_PATTERNS = ("*.json", "*.safetensors", "README.md")


def parse_name(name: str, option: str = "--network ") -> tuple[str, str]:
    """Returns repository and commit of a name.

    Args:
        name: `hf:org/name@COMMIT`.
        option: what stands before the name in messages.

    Raises:
        InputError: another name, or one that is not pinned.

    Example:
        ```python
        >>> from v2v_tf.detection.networks.hub import parse_name
        >>> parse_name("hf:org/name@" + "0" * 40)[0]
        'org/name'

        ```
    """
    found = _NAME.fullmatch(name)
    if found is None:
        raise InputError(f"{option}{name}: expected hf:org/name@COMMIT")
    repository, commit = found.groups()
    if commit is None or not _COMMIT.fullmatch(commit):
        raise InputError(
            f"{option}{name}: name the commit too, as the files of a name may "
            f"change: hf:{repository}@COMMIT, with the 40 digits that "
            f"https://huggingface.co/{repository}/commits/main shows"
        )
    return repository, commit


def fetch(
    name: str, patterns: Sequence[str] = _PATTERNS, option: str = "--network "
) -> Path:
    """Returns a folder of the Hub, from its cache or over the net.

    Args:
        name: `hf:org/name@COMMIT`.
        patterns: patterns of the files that come down.
        option: what stands before the name in messages.

    Raises:
        InputError: a name that is not pinned, or files that cannot be fetched.
        MissingExtraError: transformers is not installed.
    """
    repository, commit = parse_name(name, option)
    with needed("networks"):
        import huggingface_hub
    try:
        folder = huggingface_hub.snapshot_download(
            repository, revision=commit, allow_patterns=list(patterns)
        )
    except Exception as error:  # of the net, the disk, the name: no common class
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InputError(f"{option}{name}: cannot be fetched: {reason}") from error
    return Path(folder)


def read_json(path: Path) -> dict[str, Any]:
    """Returns what a file of JSON holds; nothing where it is not there.

    Raises:
        InputError: it holds something else.
    """
    if not path.is_file():
        return {}
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from error
    if not isinstance(values, dict):
        raise InputError(f"{path}: expected an object, got {type(values).__name__}")
    return values


def labels_of(config: dict[str, Any]) -> dict[int, str]:
    """Returns the names of the classes that a `config.json` says, by id."""
    named = config.get("id2label") or {}
    return {int(number): str(name) for number, name in named.items()}


def licences_of(folder: Path) -> Licences | None:
    """Returns what the front matter of a model card says; None where it says nothing.

    Args:
        folder: holds `README.md`, with the keys `license` and `datasets` on top.
    """
    path = folder / "README.md"
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    found = re.match(r"---\s*\n(.*?)\n---", text, re.DOTALL)
    try:
        said = yaml.safe_load(found[1]) if found else None
    except yaml.YAMLError:
        said = None
    if not isinstance(said, dict) or not said.get("license"):
        return None
    names = [said["license"], said.get("license_name"), said.get("license_link")]
    weights = ", ".join(_listed(one) for one in names if one)
    data = _listed(said.get("datasets") or "not said by the model card")
    return Licences("Apache-2.0 (transformers)", weights, data)


def rules_of(said: dict[str, Any]) -> InputRules:
    """Returns how a `preprocessor_config.json` prepares frames.

    Args:
        said: its content; without it, levels become 0 .. 1 and sizes stay.
    """
    factor = float(said.get("rescale_factor", 1 / 255))
    high = 255.0 * factor if said.get("do_rescale", True) else 255.0
    mean, std = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if said.get("do_normalize"):
        mean = _three(said.get("image_mean", 0.0))
        std = _three(said.get("image_std", 1.0))
    size = said.get("size") if said.get("do_resize") else None
    keeps = bool(said.get("keep_aspect_ratio"))
    if isinstance(size, int):
        size = {"height": size, "width": size}
    if size and "shortest_edge" in size:
        side, keeps = size["shortest_edge"], True
        size = {"height": side, "width": side}
    sides = (int(size["height"]), int(size["width"])) if size else None
    multiple = int(said.get("ensure_multiple_of") or 1)
    bgr = bool(said.get("do_flip_channel_order"))
    return InputRules(0.0, high, mean, std, sides, keeps, multiple, bgr)


def _three(values: Any) -> tuple[float, float, float]:
    several = values if isinstance(values, list) else [values] * 3
    red, green, blue = map(float, several)
    return red, green, blue


def _listed(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
