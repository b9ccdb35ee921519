"""The files of one sequence, frame by frame: what belongs together, what is missing.

Kinds of files are paired by the numbers in their names. Where names carry none, they
are paired by their natural order, and every kind must have as many.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.data.sources.file_numbers import Numbering, alike, number_files
from v2v_tf.data.sources.numbering import (
    Number,
    common_step,
    fill_numbers,
    follows,
    renumbered,
    written,
)
from v2v_tf.data.sources.remarks import (
    Remark,
    remark_disjoint,
    remark_left_out,
    remark_shifted,
    remark_unread,
)
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.task import FileKind

_MAX_NAMED = 5


@dataclass(frozen=True)
class FrameFiles:
    """The files of one frame.

    Attributes:
        name: of its first file, without the ending.
        files: each kind's file, of the kinds that have one.
        missing: folders of the kinds that have none, of those that are needed.
        follows: whether no frame is missing between the one before and this one.
    """

    name: str
    files: Mapping[FileKind, Path]
    missing: tuple[str, ...] = ()
    follows: bool = True


@dataclass(frozen=True)
class PairedFiles:
    """The frames of a sequence, and what is odd about its files.

    Attributes:
        frames: paired files of each frame, in order.
        remarks: what is said of files that are left out, and of kinds that may not
            belong together.
    """

    frames: list[FrameFiles]
    remarks: tuple[Remark, ...] = ()


def pair_files(
    folders: Mapping[FileKind, Path],
    path: str,
    optional: frozenset[FileKind],
    fill: int = 0,
) -> PairedFiles:
    """Lists the frames of a sequence.

    Args:
        folders: of each kind of file.
        path: of the sequence, for messages.
        optional: kinds that frames may lack.
        fill: gaps of so many numbers or fewer become frames without files.

    Returns:
        A frame for each number that any needed kind has, in order.

    Raises:
        InputError: no file of a needed kind; two files of one frame; kinds whose
            numbers, or without numbers whose counts, have nothing in common.
    """
    found = {
        kind: source_files.list_files(folder, kind.suffixes)
        for kind, folder in folders.items()
    }
    found = {
        kind: files for kind, files in found.items() if files or kind not in optional
    }
    if not all(found.values()):
        raise InputError(f"{path}: {_need_files(found, folders)}")
    numbered: dict[FileKind, Numbering] = {}
    for kind, files in found.items():
        numbering = number_files(files)
        if numbering is not None:
            numbered[kind] = numbering
    numbered = alike(numbered)
    remarks = [
        remark
        for kind, numbering in numbered.items()
        for remark in remark_left_out(folders[kind], numbering)
    ]
    kept = {
        kind: {p for _, p in numbered[kind].numbers} if kind in numbered else set(files)
        for kind, files in found.items()
    }
    found = {
        kind: [file for file in files if file in kept[kind]]
        for kind, files in found.items()
    }
    if (
        len(numbered) < len(found)
        or len({len(n) for one in numbered.values() for n, _ in one.numbers}) > 1
    ):
        return PairedFiles(_by_order(found, path, optional), tuple(remarks))
    at = {kind: _by_number(numbering) for kind, numbering in numbered.items()}
    counts = all(numbering.counts for numbering in numbered.values())
    frames = _by_numbers(at, path, optional, fill, counts)
    remarks += remark_shifted(at, optional)
    remarks += remark_disjoint(at, optional)
    for kind, numbers in at.items():
        remarks += remark_unread(folders[kind], numbers)
    return PairedFiles(frames, tuple(remarks))


def cut_runs(
    num_frames: int, gaps: Iterable[int], lost: Iterable[int]
) -> tuple[range, ...]:
    """Returns the runs of usable frames that follow each other.

    Args:
        num_frames: of the sequence.
        gaps: frames that do not follow the one before.
        lost: frames that cannot be used.

    Example:
        ```python
        >>> cut_runs(9, gaps=[3], lost=[6])
        (range(0, 3), range(3, 6), range(7, 9))

        ```
    """
    without = set(lost)
    edges = sorted({0, num_frames, *gaps, *without, *(i + 1 for i in without)})
    pairs = itertools.pairwise(edges)
    return tuple(range(*pair) for pair in pairs if pair[0] not in without)


def _by_number(numbering: Numbering) -> dict[Number, Path]:
    """Maps frame numbers to files.

    Raises:
        InputError: two files have one number.
    """
    paired: dict[Number, Path] = {}
    for number, file in numbering.numbers:
        if number in paired:
            raise InputError(
                f"{file.parent} holds two files of frame {written(number)}, "
                f"{paired[number].name} and {file.name}: keep one of them"
            )
        paired[number] = file
    return paired


def _by_numbers(
    numbered: Mapping[FileKind, Mapping[Number, Path]],
    path: str,
    optional: frozenset[FileKind],
    fill: int,
    counts: bool,
) -> list[FrameFiles]:
    needed = [kind for kind in numbered if kind not in optional]
    shared = frozenset.intersection(*(frozenset(numbered[kind]) for kind in needed))
    if not shared:
        ranges = ", ".join(
            f"{written(min(numbers))} to {written(max(numbers))} in {kind.folder}"
            for kind, numbers in numbered.items()
            if kind in needed
        )
        raise InputError(
            f"{path}: the files of a frame must have one number in every kind, got no "
            f"number in common ({ranges}): rename the files"
        )
    numbers = sorted(set().union(*(numbered[kind] for kind in needed)))
    step = common_step(numbers)
    numbers = fill_numbers(numbers, step, fill if counts else 0)
    frames: list[FrameFiles] = []
    for index, number in enumerate(numbers):
        files = {kind: at[number] for kind, at in numbered.items() if number in at}
        first = next(iter(files.values()), None)
        frames.append(
            FrameFiles(
                renumbered(frames[-1].name, number) if first is None else first.stem,
                files,
                tuple(kind.folder for kind in needed if kind not in files),
                index > 0 and (not counts or follows(numbers[index - 1], number, step)),
            )
        )
    return frames


def _by_order(
    found: Mapping[FileKind, list[Path]], path: str, optional: frozenset[FileKind]
) -> list[FrameFiles]:
    needed = {kind: files for kind, files in found.items() if kind not in optional}
    for files in found.values():
        for one, other in itertools.pairwise(files):
            if one.stem == other.stem:
                raise InputError(
                    f"{one.parent} holds two files of one name, {one.name} and "
                    f"{other.name}: keep one of them"
                )
    counts = {kind: len(files) for kind, files in needed.items()}
    longest = max(counts.values())
    if len(set(counts.values())) > 1:
        said = ", ".join(f"{n} in {kind.folder}" for kind, n in counts.items())
        raise InputError(
            f"{path}: every frame needs a file of every kind, got {said}: add what is "
            "missing, or give the files of a frame one number"
        )
    for kind in optional & found.keys():
        if len(found[kind]) > longest:
            raise InputError(
                f"{path}: {len(found[kind])} files in {kind.folder} for {longest} "
                "frames: take out what belongs to no frame"
            )
    return [
        FrameFiles(
            next(iter(needed.values()))[index].stem,
            {kind: files[index] for kind, files in found.items() if index < len(files)},
            follows=index > 0,
        )
        for index in range(longest)
    ]


def _need_files(
    found: Mapping[FileKind, list[Path]], folders: Mapping[FileKind, Path]
) -> str:
    """Returns what folders without usable files lack, and what lies there instead."""
    counts = ", ".join(
        f"{len(files)} in {kind.folder}" for kind, files in found.items()
    )
    empty = next(kind for kind, files in found.items() if not files)
    wanted = " ".join(sorted(empty.suffixes))
    others = source_files.other_suffixes(folders[empty], empty.suffixes)
    there = f" (there are {', '.join(others[:_MAX_NAMED])})" if others else ""
    return (
        f"every frame needs a file of every kind, got {counts}: files of "
        f"{empty.folder} end in {wanted}{there}"
    )
