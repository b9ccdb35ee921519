"""Opens a run folder: a new one, or one to continue."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from absl import logging

from v2v_tf.config import Config, to_plain, to_yaml
from v2v_tf.data.records.manifest import MANIFEST, read_manifest
from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.storage.files import write_text

ORIGIN_FILE = "origin.json"
# Changes nothing but time, memory and rounding.
_FREE = (
    "previews.",
    *(
        f"runtime.{name}"
        for name in (
            *("optimize_graph", "gradient_checkpointing", "strategy", "devices"),
            *("deterministic", "checkpoint_steps"),
        )
    ),
)


@dataclass(frozen=True)
class Origin:
    """Says what a run was begun with, besides its configuration.

    Attributes:
        records: SHA-256 of the manifest of its records.
        warm_start: run whose weights it began with, empty without.
        sizes: (height, width) of the training records.
    """

    records: str
    warm_start: str
    sizes: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, data_dir: Path, warm_start: Path | None) -> Origin:
        """Returns that of the arguments.

        Raises:
            InputError: no records.
        """
        sizes = read_manifest(data_dir).split("train").sizes
        manifest = (data_dir / MANIFEST).read_bytes()
        start = "" if warm_start is None else str(warm_start)
        return cls(hashlib.sha256(manifest).hexdigest(), start, sizes)


def trained_sizes(run_dir: Path) -> tuple[tuple[int, int], ...]:
    """Returns (height, width) of the records that a run was trained on.

    Nothing where it does not say, as of a run that was imported.
    """
    path = run_dir / ORIGIN_FILE
    if not path.is_file():
        return ()
    sizes = json.loads(path.read_text(encoding="utf-8")).get("sizes", ())
    return tuple((height, width) for height, width in sizes)


def begin(run_dir: Path, config: Config, origin: Origin) -> None:
    """Makes a run folder; the configuration, written last, makes it a run."""
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / runs.CHECKPOINT_FOLDER).mkdir(exist_ok=True)
    text = json.dumps(dataclasses.asdict(origin), indent=1)
    write_text(run_dir / ORIGIN_FILE, text)
    write_text(run_dir / runs.CONFIG_FILE, to_yaml(config))


def check_same(run_dir: Path, config: Config, origin: Origin) -> None:
    """Raises InputError where a run was begun in another way.

    Args:
        run_dir: run folder.
        config: configuration of the command that wants to continue the run.
        origin: origin of the command that wants to continue the run.
    """
    old = _flat(to_plain(runs.load_config(run_dir)))
    new = _flat(to_plain(config))
    different = [
        f"{key} is {old.get(key)!r} there and {new.get(key)!r} here"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
    free = [line for line in different if line.startswith(_FREE)]
    other = [line for line in different if line not in free]
    if other:
        more = f", and {len(other) - 3} more" if len(other) > 3 else ""
        raise InputError(
            f"{run_dir} was begun with another configuration: {'; '.join(other[:3])}"
            f"{more}: give that configuration to go on, another --run for a new one, "
            "or --overwrite to replace it"
        )
    for line in free:
        logging.warning("%s: %s; what is here counts", run_dir, line)
    path = run_dir / ORIGIN_FILE
    if not path.is_file():
        raise InputError(
            f"{run_dir} has weights but no {ORIGIN_FILE}, so training did not begin "
            "it: start from it with --warm-start, in another --run"
        )
    before = Origin(**json.loads(path.read_text(encoding="utf-8")))
    if before.records != origin.records:
        raise InputError(
            f"{run_dir} was begun with other records: give the folder that it was "
            "trained on, or start from it with --warm-start, in another --run"
        )
    if before.warm_start != origin.warm_start:
        raise InputError(
            f"{run_dir} was begun with --warm-start '{before.warm_start}', not "
            f"'{origin.warm_start}': give the same to go on"
        )


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    """Returns the leaves of nested mappings and sequences by dotted names."""
    if isinstance(value, dict):
        items = [(f"{key}.{name}" if key else name, v) for name, v in value.items()]
    elif isinstance(value, (list, tuple)):
        items = [(f"{key}.{index}", v) for index, v in enumerate(value)]
    else:
        return {key: value}
    return {k: v for name, item in items for k, v in _flat(item, name).items()}
