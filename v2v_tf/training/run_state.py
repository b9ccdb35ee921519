"""Opens a run folder: a new one, or one to continue."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from absl import logging

from v2v_tf.config import Config, to_plain, to_yaml
from v2v_tf.data.records.content import read_checksums
from v2v_tf.data.records.manifest import MANIFEST, read_manifest
from v2v_tf.errors import InputError
from v2v_tf.storage import runs
from v2v_tf.storage.files import write_text

ORIGIN_FILE = runs.ORIGIN_FILE
_NAMED = 3
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
        files: checksum of each file of training records, see `content.file_checksum`;
            empty in runs of version 0.1.
        labels: label ids that training showed, with those of the run that it began
            with; None without label maps, or where that run does not say.
    """

    records: str
    warm_start: str
    sizes: tuple[tuple[int, int], ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    labels: tuple[int, ...] | None = None

    @classmethod
    def of(cls, data_dir: Path, warm_start: Path | None) -> Origin:
        """Returns that of the arguments.

        Raises:
            InputError: no records, or a file of them is not whole.
        """
        manifest = read_manifest(data_dir)
        text = (data_dir / MANIFEST).read_bytes()
        return cls(
            records=hashlib.sha256(text).hexdigest(),
            warm_start="" if warm_start is None else str(warm_start),
            sizes=manifest.split("train").sizes,
            files=read_checksums(data_dir),
            labels=_labels_shown(manifest.training_labels, warm_start),
        )


def _labels_shown(
    labels: tuple[int, ...] | None, warm_start: Path | None
) -> tuple[int, ...] | None:
    if labels is None or warm_start is None:
        return labels
    before = runs.training_labels(warm_start)
    return None if before is None else tuple(sorted({*before, *labels}))


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
    _write_origin(run_dir, origin)
    write_text(run_dir / runs.CONFIG_FILE, to_yaml(config))


def check_same(run_dir: Path, config: Config, origin: Origin) -> None:
    """Raises InputError where a run was begun in another way.

    Records are the same where their clips are, wherever they lie. A run of version 0.1
    knows the manifest of its records alone, which must then be the same.

    Args:
        run_dir: run folder.
        config: configuration of the command that wants to continue the run.
        origin: origin of the command that wants to continue the run.
    """
    _check_config(run_dir, config)
    before = _read_origin(run_dir)
    differing = _other_records(before, origin)
    if differing:
        raise InputError(
            f"{run_dir} was begun with other records: {differing}: give the records "
            "that it was trained on, or begin a new run with its weights: "
            f"--warm-start {run_dir} --run OTHER"
        )
    if before.warm_start != origin.warm_start:
        raise InputError(
            f"{run_dir} was begun with --warm-start '{before.warm_start}', not "
            f"'{origin.warm_start}': give the same to go on"
        )


def remember(run_dir: Path, config: Config, origin: Origin) -> None:
    """Notes what a run that goes on did not know: checksums, and epochs to come.

    Runs of version 0.1 have no checksums of their records.

    Args:
        run_dir: run folder that `check_same` accepted.
        config: configuration of the command that continues the run, with the epochs
            that it adds.
        origin: what that command trains with.
    """
    before, stored = _read_origin(run_dir), runs.load_config(run_dir)
    if not before.files:
        known = dataclasses.replace(before, files=origin.files, labels=origin.labels)
        _write_origin(run_dir, known)
    if stored.curriculum != config.curriculum:
        longer = dataclasses.replace(stored, curriculum=config.curriculum)
        write_text(run_dir / runs.CONFIG_FILE, to_yaml(longer))


def _check_config(run_dir: Path, config: Config) -> None:
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
        more = f", and {len(other) - _NAMED} more" if len(other) > _NAMED else ""
        last = f"curriculum.{len(config.curriculum) - 1}.epochs "
        longer = "--extend for more epochs, " if other[0].startswith(last) else ""
        raise InputError(
            f"{run_dir} was begun with another configuration: "
            f"{'; '.join(other[:_NAMED])}{more}: give that configuration to go on, "
            f"{longer}another --run for a new one, or --overwrite to replace it"
        )
    for line in free:
        logging.warning("%s: %s; what is here counts", run_dir, line)


def _read_origin(run_dir: Path) -> Origin:
    path = run_dir / ORIGIN_FILE
    if not path.is_file():
        raise InputError(
            f"{run_dir} has weights but no {ORIGIN_FILE}, so training did not begin "
            "it: start from it with --warm-start, in another --run"
        )
    return Origin(**json.loads(path.read_text(encoding="utf-8")))


def _write_origin(run_dir: Path, origin: Origin) -> None:
    text = json.dumps(dataclasses.asdict(origin), indent=1)
    write_text(run_dir / ORIGIN_FILE, text)


def _other_records(before: Origin, now: Origin) -> str:
    """Returns in what records differ; nothing where they are the same."""
    if not before.files:
        same = before.records == now.records
        return "" if same else "their manifest.json is another"
    if len(before.files) != len(now.files):
        return f"{len(before.files)} files then, {len(now.files)} now"
    pairs = zip(before.files.values(), now.files.items(), strict=True)
    others = [name for then, (name, checksum) in pairs if then != checksum]
    more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
    return f"{', '.join(others[:_NAMED])}{more} held other clips then" if others else ""


def is_free(key: str) -> bool:
    """Returns whether a run may go on with another value of a key."""
    return key.startswith(_FREE)


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    """Returns the leaves of nested mappings and sequences by dotted names."""
    if isinstance(value, dict):
        items = [(f"{key}.{name}" if key else name, v) for name, v in value.items()]
    elif isinstance(value, (list, tuple)):
        items = [(f"{key}.{index}", v) for index, v in enumerate(value)]
    else:
        return {key: value}
    return {k: v for name, item in items for k, v in _flat(item, name).items()}
