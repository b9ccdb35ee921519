"""A sequence whose frames lie in one folder for each kind of file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from collections.abc import Sequence as ListOf
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from v2v_tf.data.sources.base import (
    BadClip,
    Contents,
    EndOfSequenceError,
    Sequence,
    SequenceReader,
    SourceFrame,
)
from v2v_tf.data.sources.pairing import (
    FrameFiles,
    PairedFiles,
    cut_runs,
    pair_files,
)
from v2v_tf.data.sources.rates import FRAME_RATES, read_rates
from v2v_tf.data.sources.remarks import Remark
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.task import FileKind

# Ten seconds at 30 frames a second; a longer gap is another take.
_MAX_FILLED = 300
_FLOW_SUFFIXES = frozenset({".png"})


@dataclass(frozen=True)
class FolderSequence(Sequence):
    """Reads a sequence that is spread over one folder per kind of file.

    Attributes:
        folders: (kind, folder) pairs, of the kinds that the task reads.
        flow_folder: folder of the flow to the frame before; None without one.
        optional: kinds that frames may lack.
        points: name of the values of points, whose frames may show nobody; None where
            the task has none.
        max_gap: frames without points that can be bridged.
        remark: what is said of its folders; empty for nothing.
    """

    folders: tuple[tuple[FileKind, str], ...]
    flow_folder: str | None = None
    optional: frozenset[FileKind] = frozenset()
    points: str | None = None
    max_gap: int = 0
    remark: str = ""

    def count_frames(self) -> int:
        """See base class."""
        return len(self._paired().frames)

    def fps(self) -> Fraction | None:
        """See base class: what `frame_rates.json` beside the folders of kinds says."""
        path = Path(self.path).absolute().parent.parent / FRAME_RATES
        return read_rates(path).get(self.name) if path.is_file() else None

    def contents(self) -> Contents:
        """See base class: cut where a number or a file is missing."""
        paired = self._paired()
        frames = paired.frames
        self._flows(frames)
        gaps = [i for i, frame in enumerate(frames) if i and not frame.follows]
        lost = [i for i, frame in enumerate(frames) if self._is_lost(frame)]
        own = [Remark(Path(self.path), self.remark)] if self.remark else []
        problems = [self._noticed(remark) for remark in (*own, *paired.remarks)]
        problems += [self._lost(index, frames[index]) for index in lost]
        problems += [self._gap(index, frames) for index in gaps]
        problems += self._doubts(frames)
        return Contents(
            len(frames),
            cut_runs(len(frames), gaps, lost),
            tuple(problems),
            tuple(frame.name for frame in frames),
            tuple(gaps),
            tuple(lost),
        )

    def files(self) -> Iterator[tuple[str, Path]]:
        """See base class."""
        for kind, folder in self.folders:
            for path in source_files.list_files(Path(folder), kind.suffixes):
                yield f"{kind.folder}/{path.name}", path

    @contextlib.contextmanager
    def open(self) -> Iterator[SequenceReader]:
        """See base class."""
        frames = self._paired().frames
        yield _FolderReader(frames, self._flows(frames))

    def _paired(self) -> PairedFiles:
        folders = {kind: Path(folder) for kind, folder in self.folders}
        # Where no real frames are needed, missing points are a person who vanished.
        fill = _MAX_FILLED if self.points and self.optional else 0
        return pair_files(folders, self.path, self.optional, fill)

    def _is_lost(self, frame: FrameFiles) -> bool:
        """Returns whether nothing can stand for the files that a frame lacks."""
        if not self.max_gap:
            return bool(frame.missing)
        bridged = {kind.folder for kind, _ in self.folders if kind.field == self.points}
        return bool(set(frame.missing) - bridged)

    def _flows(self, frames: ListOf[FrameFiles]) -> list[Path | None]:
        if self.flow_folder is None:
            return [None] * len(frames)
        return _match_flows(Path(self.flow_folder), frames)

    def _doubts(self, frames: ListOf[FrameFiles]) -> Iterator[BadClip]:
        for kind, _ in self.folders:
            found = (frame.files[kind] for frame in frames if kind in frame.files)
            first = next(found, None)
            reason = kind.doubt(first) if kind.doubt and first else None
            if reason is not None:
                yield BadClip(str(first), f"{self.name}@000000", reason, 0)

    def _lost(self, index: int, frame: FrameFiles) -> BadClip:
        there = next(iter(frame.files.values()), self.path)
        reason = f"no file of frame {frame.name} in {', '.join(frame.missing)}"
        return BadClip(str(there), f"{self.name}@{index:06d}", reason, 1)

    def _noticed(self, remark: Remark) -> BadClip:
        return BadClip(str(remark.path), f"{self.name}@000000", remark.reason, 0)

    def _gap(self, index: int, frames: ListOf[FrameFiles]) -> BadClip:
        there = next(iter(frames[index].files.values()))
        where = f"between {frames[index - 1].name} and {frames[index].name}"
        return BadClip.gap(str(there), f"{self.name}@{index:06d}", where)


class _FolderReader(SequenceReader):
    def __init__(self, frames: ListOf[FrameFiles], flows: ListOf[Path | None]) -> None:
        self._frames = frames
        self._flows = flows

    def read(self, index: int) -> SourceFrame:
        if index >= len(self._frames):
            raise EndOfSequenceError(f"there are {len(self._frames)} frames")
        frame, flow = self._frames[index], self._flows[index]
        raw = RawFrame(
            **{kind.field: kind.read(path) for kind, path in frame.files.items()}
        )
        return SourceFrame(
            raw,
            str(next(iter(frame.files.values()), frame.name)),
            None if flow is None else str(flow),
            {kind.field: str(path) for kind, path in frame.files.items()},
            frame.name,
        )

    def value(self, index: int, field: str) -> Any:
        """See base class; reads that file alone."""
        if index >= len(self._frames):
            raise EndOfSequenceError(f"there are {len(self._frames)} frames")
        for kind, path in self._frames[index].files.items():
            if kind.field == field:
                return kind.read(path)
        return None


def _match_flows(folder: Path, frames: ListOf[FrameFiles]) -> list[Path | None]:
    """Finds the flow of every frame that follows another by its picture's name."""
    found = {
        path.stem: path for path in source_files.list_files(folder, _FLOW_SUFFIXES)
    }
    flows: list[Path | None] = []
    for frame in frames:
        picture = next((p for k, p in frame.files.items() if k.field == "image"), None)
        if not frame.follows or picture is None:
            flows.append(None)
            continue
        if picture.stem not in found:
            raise InputError(f"{folder}: no flow {picture.stem}.png for {picture}")
        flows.append(found[picture.stem])
    return flows
