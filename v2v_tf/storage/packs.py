"""Packs: trained models in a folder that is safe to read and easy to hand on.

A pack is read wherever a run is:

- `pack.json`: what it is, its licences, what it measured, the SHA-256 of all files;
- `config.yaml`, and `origin.json` with the sizes and labels that it was trained on;
- `weights.safetensors`: the generator; `discriminators.safetensors`, for fine-tuning;
- `styles.npz`, where the model has styles; `first_frame/`, likewise, with a network for
  first frames; `README.md`, the model card, and its pictures.

Names are looked up in the packs of the package, then in the user's cache: the folder
that `V2V_TF_CACHE` names, or `~/.cache/v2v_tf`.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from v2v_tf.config.loading import build
from v2v_tf.errors import InputError
from v2v_tf.storage.files import sha256

PACK_FILE = "pack.json"
WEIGHTS_FILE = "weights.safetensors"
DISCRIMINATORS_FILE = "discriminators.safetensors"
# Kinds of the pictures and videos of a model card.
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".mp4")
FORMAT_VERSION = 1
BUNDLED = Path(__file__).resolve().parents[1] / "packs"
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True)
class PackFacts:
    """Says what a pack is.

    Attributes:
        name: lower case, digits and `-`, as `--model` takes it.
        summary: one sentence.
        licences: licences by what they are of, `weights` and `training_data`.
        step: steps of training.
        metrics: what was measured on clips that were not trained on, by name.
        made_by: `commit` of the project and the `command`, where they are known.
        files: SHA-256 of every other file, by its path in the pack.
    """

    name: str
    summary: str
    licences: dict[str, str]
    step: int = 0
    metrics: dict[str, float] = field(default_factory=dict)
    made_by: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def check_name(name: str) -> None:
    """Raises InputError for what cannot be the name of a pack."""
    if not _NAME.fullmatch(name):
        raise InputError(
            f"'{name}' is no name of a pack: expected lower case letters, digits, "
            "'-', '_' and '.', 64 at most, the first a letter or a digit"
        )


def is_pack(folder: Path) -> bool:
    """Returns whether a folder is a pack, or the first frames of one."""
    return (folder / WEIGHTS_FILE).is_file()


def require_run(folder: Path) -> None:
    """Raises InputError for a pack, which is read and never written to."""
    if is_pack(folder):
        raise InputError(
            f"{folder} is a pack, which nothing is written to: begin a run of your own "
            f"with its weights, v2v-tf train --from-pretrained {folder} --run RUN"
        )


def cache_folder() -> Path:
    """Returns the folder of what was fetched or made for packs; it may not exist."""
    named = os.environ.get("V2V_TF_CACHE")
    return Path(named) if named else Path.home() / ".cache" / "v2v_tf"


def known_packs() -> dict[str, Path]:
    """Returns the packs that have a name: those of the package, then the cache's."""
    found: dict[str, Path] = {}
    for root in (BUNDLED, cache_folder() / "packs"):
        for path in sorted(root.glob(f"*/{PACK_FILE}")):
            found.setdefault(path.parent.name, path.parent)
    return found


def located(model: str | Path) -> Path:
    """Returns the folder of a model: a folder as it is, a pack by its name.

    Args:
        model: path of a run, an export or a pack; or the name of a pack.

    Returns:
        The folder; of an unknown name, the name as a path, which whoever reads it
        refuses as it refuses other folders.
    """
    path = Path(model)
    if path.exists() or path.parent != Path() or not _NAME.fullmatch(str(model)):
        return path
    return known_packs().get(str(model), path)


def hint(folder: Path) -> str:
    """Returns what to say besides of a model that is not there.

    Args:
        folder: the folder; one that is there needs no hint.
    """
    if folder.exists() or folder.parent != Path():
        return ""
    known = ", ".join(known_packs()) or "none"
    return f"; nor is it the name of a pack (there are: {known})"


def read_facts(folder: Path) -> PackFacts:
    """Reads `pack.json`.

    Raises:
        InputError: no pack, or one of another version.
    """
    path = folder / PACK_FILE
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        version = values.pop("format_version")
    except FileNotFoundError:
        raise InputError(f"{folder} is no pack: it has no {PACK_FILE}") from None
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise InputError(f"{path}: not what a pack holds: {error}") from error
    if version != FORMAT_VERSION:
        raise InputError(
            f"{path} has format_version {version}, expected {FORMAT_VERSION}: it is of "
            "another version of v2v_tf"
        )
    return build(PackFacts, values, str(path))


def write_facts(folder: Path, facts: PackFacts) -> None:
    """Writes `pack.json`, with the SHA-256 of all files that lie in the folder."""
    values: dict[str, Any] = {"format_version": FORMAT_VERSION, **asdict(facts)}
    values["files"] = {
        str(path.relative_to(folder)): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != folder / PACK_FILE
    }
    text = json.dumps(values, indent=1, ensure_ascii=False)
    (folder / PACK_FILE).write_text(f"{text}\n", encoding="utf-8")


def check_whole(folder: Path) -> PackFacts:
    """Checks that a pack holds what it says, and nothing besides.

    Returns:
        What it is.

    Raises:
        InputError: files that are missing, changed or too many, or that lie elsewhere.
    """
    facts = read_facts(folder)
    if WEIGHTS_FILE not in facts.files or "config.yaml" not in facts.files:
        raise InputError(f"{folder}: {PACK_FILE} names no weights, or no configuration")
    for name, expected in facts.files.items():
        parts = PurePosixPath(name)
        path = folder / name
        if parts.is_absolute() or ".." in parts.parts or path.is_symlink():
            raise InputError(f"{folder}: {PACK_FILE} names {name}, outside of the pack")
        if not path.is_file() or sha256(path) != expected:
            raise InputError(
                f"{path} is missing, or not the file that {PACK_FILE} names: fetch the "
                "pack again"
            )
    there = {
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
    }
    more = sorted(there - facts.files.keys() - {PACK_FILE})
    if more:
        raise InputError(f"{folder} holds {more[0]}, which {PACK_FILE} does not name")
    return facts
