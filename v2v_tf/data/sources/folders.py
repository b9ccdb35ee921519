"""Reads the folder layout of NVIDIA/vid2vid: a folder per kind of file and sequence.

`train_*` folders are taken, `test_*` where there are none. Frames are the sorted file
names; sequences are paired by name, or by sorted order where no names agree.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from v2v_tf.config import Config
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.folder_sequence import FolderSequence
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.registry import points_read, task_of
from v2v_tf.tasks.task import FileKind

PHASES = ("train", "test")
FLOW = "flow"
# What reads pictures upright, and what reads them as they lie in the file.
_STORED: dict[Callable[[Path], Any], Callable[[Path], Any]] = {
    source_files.read_rgb: source_files.read_stored_rgb,
    source_files.read_grey: source_files.read_stored_grey,
    source_files.read_ids: source_files.read_stored_ids,
}


def has_layout(root: Path, config: Config) -> bool:
    """Returns whether `root` has at least one of the folders of the task."""
    kinds = task_of(config).files(config)
    return any(_folder(root, kind) is not None for kind in kinds)


def describe_layout(config: Config, need_frames: bool = True) -> str:
    """Returns what the task accepts, for messages.

    Args:
        config: its task says which kinds of files are read.
        need_frames: whether every condition needs its real frame, as in training.
    """
    task = task_of(config)
    kinds = _needed(task.files(config), need_frames)
    folders = ", ".join(f"train_{kind.folder}/<sequence>/" for kind in kinds)
    if task.takes_videos(config):
        return f"video files, or {folders} with frames"
    others = "".join(f" (or the layout of {name.title()})" for name in task.layouts)
    return f"{folders} (or test_*){others}"


def is_sequence(root: Path, config: Config, need_frames: bool) -> bool:
    """Whether a folder itself holds the files of one sequence.

    It can where one kind of file is enough: frames of a task that is drawn from them,
    or conditions where no frames are needed.
    """
    needed = _needed(_kinds(config), need_frames)
    return len(needed) == 1 and bool(source_files.list_files(root, needed[0].suffixes))


def list_flat(
    root: Path, config: Config, need_frames: bool
) -> Iterator[Sequence | BadClip]:
    """Lists the one sequence that lies in a folder without a layout."""
    (kind,) = _needed(_kinds(config), need_frames)
    name = root.absolute().name
    return _paired({kind: {name: root}}, frozenset(), config)


def _needed(kinds: tuple[FileKind, ...], need_frames: bool) -> tuple[FileKind, ...]:
    """Returns the kinds without which there is no condition, or no training frame."""
    if need_frames:
        return kinds
    return tuple(k for i, k in enumerate(kinds) if not i or k.field != "image")


def list_folders(
    root: Path, config: Config, need_frames: bool = True
) -> Iterator[Sequence | BadClip]:
    """Lists the sequences of the layout.

    A sequence that lacks a folder of some kind comes as bad. Raises at once, before
    the first sequence.

    Args:
        root: root of the layout.
        config: its task says which kinds of files are read.
        need_frames: whether every condition needs its real frame, as in training.

    Raises:
        InputError: a folder of a kind is missing or holds no sequence, or the kinds
            have no sequence in common.
    """
    kinds = _kinds(config)
    there = [folder for folder in (_folder(root, k) for k in kinds) if folder]
    phase = next(p for p in PHASES if any(f.name.startswith(p) for f in there))
    optional = frozenset(kinds) - frozenset(_needed(kinds, need_frames))
    by_kind: dict[FileKind | None, dict[str, Path]] = {}
    for kind in kinds:
        folder = _in_phase(root, kind, phase)
        # What need not be there may be an empty folder too.
        is_there = folder.is_dir() and bool(source_files.list_folders(folder))
        if is_there or kind not in optional:
            by_kind[kind] = _sequences_of(folder, kind, config)
    flows = root / f"{phase}_{FLOW}"
    if flows.is_dir():
        by_kind[None] = _sequences_of(flows, None, config)
    return _pair(root, by_kind, optional, config)


def _kinds(config: Config) -> tuple[FileKind, ...]:
    """Returns the kinds of files of a task, which read frames as they are asked for."""
    kinds = task_of(config).files(config)
    if config.data.orientation == "shown":
        return kinds
    return tuple(
        dataclasses.replace(kind, read=_as_stored(kind.read)) for kind in kinds
    )


def _as_stored(read: Callable[[Path], Any]) -> Callable[[Path], Any]:
    """Returns what reads pictures as they lie in the file, where it is known."""
    as_stored = getattr(read, "as_stored", None)
    return _STORED.get(read, read) if as_stored is None else as_stored()


def _folder(root: Path, kind: FileKind) -> Path | None:
    """Returns the first folder of a kind that is there, training before test."""
    names = (kind.folder, kind.other_folder)
    choices = (root / f"{phase}_{name}" for phase in PHASES for name in names if name)
    return next((folder for folder in choices if folder.is_dir()), None)


def _in_phase(root: Path, kind: FileKind, phase: str) -> Path:
    """Returns the folder of a kind in a phase, whether it is there or not."""
    folder = root / f"{phase}_{kind.folder}"
    other = root / f"{phase}_{kind.other_folder}"
    return other if kind.other_folder and other.is_dir() else folder


def _sequences_of(
    folder: Path, kind: FileKind | None, config: Config
) -> dict[str, Path]:
    if not folder.is_dir():
        remedy = "add it" if kind is None else kind.remedy
        raise InputError(f"task {config.task} needs the folder {folder}: {remedy}")
    found = {entry.name: entry for entry in source_files.list_folders(folder)}
    if not found:
        raise InputError(
            f"{folder} holds no sequence: expected {folder.name}/<sequence>/<frames>"
        )
    return found


def _pair(
    root: Path,
    by_kind: Mapping[FileKind | None, Mapping[str, Path]],
    optional: frozenset[FileKind],
    config: Config,
) -> Iterator[Sequence | BadClip]:
    names = [frozenset(named) for named in by_kind.values()]
    if frozenset.intersection(*names):
        return _paired(by_kind, optional, config)
    # Names that agree in part are a mistake, which order would pair wrongly.
    nothing_agrees = all(
        one == other or one.isdisjoint(other)
        for one, other in itertools.combinations(names, 2)
    )
    if not nothing_agrees or len(set(map(len, names))) > 1:
        counts = ", ".join(
            f"{len(named)} {_name(kind)}" for kind, named in by_kind.items()
        )
        raise InputError(
            f"{root}: the folders of a sequence must have one name in every kind, "
            f"got no name in common ({counts})"
        )
    # As NVIDIA/vid2vid does: the n-th folder of each kind.
    first = next(iter(by_kind.values()))
    return _paired(
        {
            kind: dict(zip(first, named.values(), strict=True))
            for kind, named in by_kind.items()
        },
        optional,
        config,
    )


def _said_of_names(
    by_kind: Mapping[FileKind | None, Mapping[str, Path]], name: str
) -> str:
    """Returns what is said of folders that order alone pairs; empty for nothing."""
    called = {
        _name(kind): named[name].name
        for kind, named in by_kind.items()
        if name in named and named[name].name.lower() != name.lower()
    }
    # A folder that is a sequence of its own has no name to agree on.
    if not called or len(by_kind) < 2:
        return ""
    others = " and ".join(f"{folder} in {kind}" for kind, folder in called.items())
    return (
        f"{name} goes with {others} by their order alone, as no names agree: if they "
        "do not belong together, give the folders of a sequence one name"
    )


def _paired(
    by_kind: Mapping[FileKind | None, Mapping[str, Path]],
    optional: frozenset[FileKind],
    config: Config,
) -> Iterator[Sequence | BadClip]:
    form = points_read(config)
    needed = {kind: named for kind, named in by_kind.items() if kind not in optional}
    names = set().union(*needed.values())
    for name in sorted(names, key=source_files.natural_key):
        missing = [_name(kind) for kind, named in needed.items() if name not in named]
        if missing:
            there = next(named[name] for named in by_kind.values() if name in named)
            reason = f"no folder of that name in {', '.join(missing)}"
            yield BadClip(str(there), name, reason)
            continue
        folders = tuple(
            (kind, str(named[name]))
            for kind, named in by_kind.items()
            if kind and name in named
        )
        flows = by_kind.get(None, {}).get(name)
        flow_folder = None if flows is None else str(flows)
        yield FolderSequence(
            name,
            folders[0][1],
            folders,
            flow_folder,
            optional,
            None if form is None else form.field,
            config.data.max_gap,
            _said_of_names(by_kind, name),
        )


def _name(kind: FileKind | None) -> str:
    """Returns the folder of a kind without the phase; None stands for flows."""
    return FLOW if kind is None else kind.folder
