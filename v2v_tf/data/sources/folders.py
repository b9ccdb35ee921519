"""The original's folder layout (spec 5.1): one folder per kind, one per sequence.

`train_*` folders are taken, `test_*` where there are none. Frames are the sorted file
names; sequences are paired by name, or by sorted order where no names agree.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.data.sources import files as source_files
from v2v_tf.data.sources.base import BadClip, Sequence, SequenceReader, SourceFrame
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame

PHASES = ("train", "test")
FLOW = "flow"
_SUFFIXES = {
    "keypoints": frozenset({".txt"}),
    "openpose": frozenset({".json"}),
    FLOW: frozenset({".png"}),
}


@dataclass(frozen=True)
class FolderSequence(Sequence):
    """A sequence spread over one folder per kind of file.

    Attributes:
        folders: (kind, folder) pairs; the kind is the layout's name without the
            phase: `A`, `B`, `inst`, `keypoints`, `img`, `densepose`, `openpose`,
            `flow`.
    """

    folders: tuple[tuple[str, str], ...]

    def count_frames(self) -> int:
        """See base class."""
        return len(next(iter(self._list_frames().values())))

    @contextlib.contextmanager
    def open(self) -> Iterator[SequenceReader]:
        """See base class."""
        yield _FolderReader(self._list_frames())

    def _list_frames(self) -> dict[str, list[Path | None]]:
        """Lists the files per kind, all of one length."""
        files: dict[str, list[Path | None]] = {
            kind: list(source_files.list_files(Path(folder), _suffixes(kind)))
            for kind, folder in self.folders
            if kind != FLOW
        }
        counts = {kind: len(paths) for kind, paths in files.items()}
        if len(set(counts.values())) > 1 or not all(counts.values()):
            found = ", ".join(f"{n} in {kind}" for kind, n in counts.items())
            raise InputError(
                f"{self.path}: every frame needs a file of every kind, got {found}"
            )
        flow_folder = dict(self.folders).get(FLOW)
        if flow_folder is not None:
            named = "B" if "B" in files else "img"
            files[FLOW] = _match_flows(Path(flow_folder), files[named])
        return files


class _FolderReader(SequenceReader):
    def __init__(self, files: Mapping[str, list[Path | None]]):
        self._files = files

    def read(self, index: int) -> SourceFrame:
        paths = {kind: files[index] for kind, files in self._files.items()}
        flow = paths.pop(FLOW, None)
        raw = RawFrame(
            image=_read(source_files.read_rgb, paths.get("B") or paths.get("img")),
            label_map=_read(source_files.read_ids, paths.get("A")),
            instance_map=_read(source_files.read_ids, paths.get("inst")),
            landmarks=_read(source_files.read_landmarks, paths.get("keypoints")),
            densepose=_read(source_files.read_rgb, paths.get("densepose")),
            openpose=_read(source_files.read_openpose, paths.get("openpose")),
        )
        shown = next(path for path in paths.values() if path is not None)
        return SourceFrame(raw, str(shown), None if flow is None else str(flow))


def has_layout(root: Path, config: Config) -> bool:
    """Whether `root` has at least one of the folders of the task."""
    return any(
        (root / f"{phase}_{kind}").is_dir()
        for phase in PHASES
        for kind in _kinds(root, config)
    )


def describe_layout(config: Config) -> str:
    """Returns what the task accepts, for messages."""
    if config.task == "edges":
        return "video files, or train_img/<sequence>/ with frames"
    kinds = _kinds(None, config)
    folders = ", ".join(f"train_{kind}/<sequence>/" for kind in kinds)
    cityscapes = " (or the layout of Cityscapes)" if config.task == "street" else ""
    return f"{folders} (or test_*){cityscapes}"


def list_folders(root: Path, config: Config) -> Iterator[Sequence | BadClip]:
    """Lists the sequences of the layout.

    A sequence that lacks a folder of some kind comes as bad. Raises at once, before
    the first sequence.

    Raises:
        InputError: a folder of a kind is missing or holds no sequence, or the kinds
            have no sequence in common.
    """
    kinds = _kinds(root, config)
    phase = next(p for p in PHASES if any((root / f"{p}_{k}").is_dir() for k in kinds))
    by_kind: dict[str, dict[str, Path]] = {}
    for kind in kinds:
        by_kind[kind] = _sequences_of(root / f"{phase}_{kind}", kind, config)
    flows = root / f"{phase}_{FLOW}"
    if flows.is_dir():
        by_kind[FLOW] = _sequences_of(flows, FLOW, config)
    return _pair(root, by_kind)


def _kinds(root: Path | None, config: Config) -> tuple[str, ...]:
    """Returns the kinds the task needs, the one that names its sequences first."""
    blocks = config.conditioning
    if config.task == "street":
        instances = ("inst",) if blocks.street.use_instances else ()
        return ("A", *instances, "B")
    if config.task == "face":
        return ("keypoints", "img")
    if config.task == "pose":
        densepose = ("densepose",) if blocks.pose.use_densepose else ()
        openpose = ("openpose",) if blocks.pose.use_openpose else ()
        return (*densepose, *openpose, "img")
    frames = root is not None and any((root / f"{p}_B").is_dir() for p in PHASES)
    return ("B",) if frames else ("img",)


def _sequences_of(folder: Path, kind: str, config: Config) -> dict[str, Path]:
    if not folder.is_dir():
        hint = "add it"
        if kind == "inst":
            hint += ", or --set conditioning.street.use_instances=false"
        raise InputError(f"task {config.task} needs the folder {folder}: {hint}")
    found = {entry.name: entry for entry in source_files.list_folders(folder)}
    if not found:
        raise InputError(
            f"{folder} holds no sequence: expected {folder.name}/<sequence>/<frames>"
        )
    return found


def _pair(
    root: Path, by_kind: Mapping[str, Mapping[str, Path]]
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
        counts = ", ".join(f"{len(named)} {kind}" for kind, named in by_kind.items())
        raise InputError(
            f"{root}: the folders of a sequence must have one name in every kind, "
            f"got no name in common ({counts})"
        )
    # As the original does: the n-th folder of each kind.
    first = next(iter(by_kind.values()))
    return _paired(
        {
            kind: dict(zip(first, named.values(), strict=True))
            for kind, named in by_kind.items()
        }
    )


def _paired(by_kind: Mapping[str, Mapping[str, Path]]) -> Iterator[Sequence | BadClip]:
    for name in sorted(set().union(*by_kind.values())):
        missing = [kind for kind, named in by_kind.items() if name not in named]
        if missing:
            there = next(named[name] for named in by_kind.values() if name in named)
            reason = f"no folder of that name in {', '.join(missing)}"
            yield BadClip(str(there), name, reason)
            continue
        folders = tuple((kind, str(named[name])) for kind, named in by_kind.items())
        yield FolderSequence(name, folders[0][1], folders)


def _match_flows(folder: Path, frames: list[Path | None]) -> list[Path | None]:
    """Finds the flow of every frame but the first by the frame's name."""
    found = {
        path.stem: path for path in source_files.list_files(folder, _suffixes(FLOW))
    }
    flows: list[Path | None] = [None]
    for frame in frames[1:]:
        assert frame is not None
        if frame.stem not in found:
            raise InputError(f"{folder}: no flow {frame.stem}.png for {frame}")
        flows.append(found[frame.stem])
    return flows


def _suffixes(kind: str) -> frozenset[str]:
    return _SUFFIXES.get(kind, source_files.IMAGE_SUFFIXES)


def _read(reader, path: Path | None):
    return None if path is None else reader(path)
