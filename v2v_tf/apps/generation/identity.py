"""What a generation is made of, by content: it goes on only where that is equal.

Paths and times do not count, so a source, a model or an interrupted result can be moved
or copied in between.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from v2v_tf.apps.generation.steppers import model_files
from v2v_tf.data.sources.base import Sequence
from v2v_tf.errors import InputError

# A large file is known by its size and so many blocks of it, evenly spaced: reading
# every byte of long videos would cost minutes.
_BLOCK = 1 << 16
_BLOCKS = 16
_CHUNK = 1 << 22
# In the working folder: what the work is made of.
JOB_FILE = "job.json"

Identity = Mapping[str, str]


def identity(
    model: str | Path,
    sequences: Iterable[Sequence],
    options: Mapping[str, object],
    first_frame_model: Path | None = None,
) -> Identity:
    """Returns a hash of each thing that a generation is made of, by its name.

    Args:
        model: run, or export; every byte of its weights counts.
        sequences: sequences whose files are read; of files above 1 MiB, their size
            and samples count.
        options: what else is asked for; of files named in them the content counts.
        first_frame_model: run of the network for first frames; None for none.
    """
    said = json.dumps(options, default=_plain, sort_keys=True)
    first: dict[str, str] = {}
    if first_frame_model is not None:
        files = model_files(first_frame_model)
        first["first-frame model"] = _of_files(files, whole=True)
    return {
        **first,
        "model": _of_files(model_files(model), whole=True),
        "options": hashlib.sha256(said.encode()).hexdigest(),
        **sources_identity(sequences),
    }


def sources_identity(sequences: Iterable[Sequence]) -> dict[str, str]:
    """Returns a hash of each sequence's files, by its name.

    Args:
        sequences: sequences of a source; of files above 1 MiB, their size and samples
            count.
    """
    return {f"sequence {one.name}": _of_files(one.files()) for one in sequences}


def require_same(before: Identity, now: Identity, working: Path) -> None:
    """Raises InputError where work was begun with something else."""
    changed = [name for name, value in now.items() if before.get(name) != value]
    changed += [name for name in before if name not in now]
    if changed:
        raise InputError(
            f"{working} was begun with another model, source or other options; not as "
            f"they were: {', '.join(changed)}. Give those again, or begin anew with "
            "--overwrite"
        )


def open_working(
    working: Path, now: Identity, overwrite: bool, resume: bool, what: str
) -> None:
    """Makes the folder of long work, or checks that it is of the same work.

    Args:
        working: the folder.
        now: hash of each thing that the work is made of.
        overwrite: begin anew.
        resume: go on with what was interrupted.
        what: word for the work in messages, such as `generation`.

    Raises:
        InputError: it is there and neither was asked for, or it is of other work.
    """
    job = working / JOB_FILE
    if working.exists() and overwrite and not resume:
        shutil.rmtree(working)
    if not working.exists():
        working.mkdir(parents=True)
        job.write_text(json.dumps({"identity": now}, indent=1), encoding="utf-8")
        return
    if not resume:
        raise InputError(
            f"{working} holds an interrupted {what}: go on with --resume, or begin "
            "anew with --overwrite"
        )
    before = json.loads(job.read_text("utf-8")) if job.is_file() else {}
    begun = before.get("identity")
    require_same(begun if isinstance(begun, dict) else {}, now, working)


def _of_files(files: Iterable[tuple[str, Path]], whole: bool = False) -> str:
    found = hashlib.sha256()
    for name, path in files:
        found.update(f"{name}\0{path.stat().st_size}\0".encode())
        _add(found, path, whole)
    return found.hexdigest()


def _add(found: hashlib._Hash, path: Path, whole: bool) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        if whole or size <= _BLOCK * _BLOCKS:
            while block := file.read(_CHUNK):
                found.update(block)
            return
        for number in range(_BLOCKS):
            file.seek(number * (size - _BLOCK) // (_BLOCKS - 1), os.SEEK_SET)
            found.update(file.read(_BLOCK))


def _plain(value: object) -> object:
    """Returns a value of an option as JSON can hold it."""
    if isinstance(value, Path):
        named = value.is_file()
        return _of_files([(value.name, value)]) if named else str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    return str(value)
