"""Reads the folder layout of NVIDIA/vid2vid: a folder per kind of file and sequence.

`train_*` folders are taken, `test_*` where there are none. Frames are the sorted file
names; sequences are paired by name, or by sorted order where no names agree.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from collections.abc import Sequence as ListOf
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.data.sources.base import BadClip, Sequence, SequenceReader, SourceFrame
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.registry import task_of
from v2v_tf.tasks.task import FileKind

PHASES = ("train", "test")
FLOW = "flow"
_FLOW_SUFFIXES = frozenset({".png"})


@dataclass(frozen=True)
class FolderSequence(Sequence):
    """Reads a sequence that is spread over one folder per kind of file.

    Attributes:
        folders: (kind, folder) pairs, of the kinds that the task reads.
        flow_folder: folder of the flow to the frame before, where the source brings it.
    """

    folders: tuple[tuple[FileKind, str], ...]
    flow_folder: str | None = None

    def count_frames(self) -> int:
        """See base class."""
        files, _ = self._list_frames()
        return len(next(iter(files.values())))

    @contextlib.contextmanager
    def open(self) -> Iterator[SequenceReader]:
        """See base class."""
        yield _FolderReader(*self._list_frames())

    def _list_frames(self) -> tuple[dict[FileKind, list[Path]], list[Path | None]]:
        """Lists the files per kind, and the flows, all of one length."""
        files = {
            kind: source_files.list_files(Path(folder), kind.suffixes)
            for kind, folder in self.folders
        }
        counts = {kind.folder: len(paths) for kind, paths in files.items()}
        if len(set(counts.values())) > 1 or not all(counts.values()):
            found = ", ".join(f"{n} in {kind}" for kind, n in counts.items())
            raise InputError(
                f"{self.path}: every frame needs a file of every kind, got {found}"
            )
        frames = next(paths for kind, paths in files.items() if kind.field == "image")
        if self.flow_folder is None:
            return files, [None] * len(frames)
        return files, _match_flows(Path(self.flow_folder), frames)


class _FolderReader(SequenceReader):
    def __init__(
        self, files: Mapping[FileKind, list[Path]], flows: ListOf[Path | None]
    ) -> None:
        self._files = files
        self._flows = flows

    def read(self, index: int) -> SourceFrame:
        paths = {kind: files[index] for kind, files in self._files.items()}
        flow = self._flows[index]
        raw = RawFrame(**{kind.field: kind.read(path) for kind, path in paths.items()})
        shown = next(iter(paths.values()))
        return SourceFrame(raw, str(shown), None if flow is None else str(flow))


def has_layout(root: Path, config: Config) -> bool:
    """Returns whether `root` has at least one of the folders of the task."""
    kinds = task_of(config).files(config)
    return any(_folder(root, kind) is not None for kind in kinds)


def describe_layout(config: Config) -> str:
    """Returns what the task accepts, for messages."""
    task = task_of(config)
    kinds = task.files(config)
    folders = ", ".join(f"train_{kind.folder}/<sequence>/" for kind in kinds)
    if task.draws_from_frames:
        return f"video files, or {folders} with frames"
    others = "".join(f" (or the layout of {name.title()})" for name in task.layouts)
    return f"{folders} (or test_*){others}"


def list_folders(root: Path, config: Config) -> Iterator[Sequence | BadClip]:
    """Lists the sequences of the layout.

    A sequence that lacks a folder of some kind comes as bad. Raises at once, before
    the first sequence.

    Raises:
        InputError: a folder of a kind is missing or holds no sequence, or the kinds
            have no sequence in common.
    """
    kinds = task_of(config).files(config)
    there = [folder for folder in (_folder(root, k) for k in kinds) if folder]
    phase = next(p for p in PHASES if any(f.name.startswith(p) for f in there))
    by_kind: dict[FileKind | None, dict[str, Path]] = {}
    for kind in kinds:
        by_kind[kind] = _sequences_of(_in_phase(root, kind, phase), kind, config)
    flows = root / f"{phase}_{FLOW}"
    if flows.is_dir():
        by_kind[None] = _sequences_of(flows, None, config)
    return _pair(root, by_kind)


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
    root: Path, by_kind: Mapping[FileKind | None, Mapping[str, Path]]
) -> Iterator[Sequence | BadClip]:
    names = [frozenset(named) for named in by_kind.values()]
    if frozenset.intersection(*names):
        return _paired(by_kind)
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
        }
    )


def _paired(
    by_kind: Mapping[FileKind | None, Mapping[str, Path]],
) -> Iterator[Sequence | BadClip]:
    for name in sorted(set().union(*by_kind.values())):
        missing = [_name(kind) for kind, named in by_kind.items() if name not in named]
        if missing:
            there = next(named[name] for named in by_kind.values() if name in named)
            reason = f"no folder of that name in {', '.join(missing)}"
            yield BadClip(str(there), name, reason)
            continue
        folders = tuple(
            (kind, str(named[name])) for kind, named in by_kind.items() if kind
        )
        flows = by_kind.get(None, {}).get(name)
        flow_folder = None if flows is None else str(flows)
        yield FolderSequence(name, folders[0][1], folders, flow_folder)


def _match_flows(folder: Path, frames: ListOf[Path]) -> list[Path | None]:
    """Finds the flow of every frame but the first by the frame's name."""
    found = {
        path.stem: path for path in source_files.list_files(folder, _FLOW_SUFFIXES)
    }
    flows: list[Path | None] = [None]
    for frame in frames[1:]:
        if frame.stem not in found:
            raise InputError(f"{folder}: no flow {frame.stem}.png for {frame}")
        flows.append(found[frame.stem])
    return flows


def _name(kind: FileKind | None) -> str:
    """Returns the folder of a kind without the phase; None stands for flows."""
    return FLOW if kind is None else kind.folder
