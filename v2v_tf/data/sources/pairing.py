"""The files of one sequence, frame by frame: what belongs together, what is missing.

Kinds of files are paired by the numbers in their names. Where names carry none, they
are paired by their natural order, and every kind must have as many.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.data.sources.numbering import (
    Number,
    common_step,
    fill_numbers,
    follows,
    frame_numbers,
    renumbered,
    written,
)
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.task import FileKind

_MAX_NAMED = 5
# Of two frames, one that lacks a file each is no pattern.
_LEAST_SHIFTED = 3


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


def pair_files(
    folders: Mapping[FileKind, Path],
    path: str,
    optional: frozenset[FileKind],
    fill: int = 0,
) -> list[FrameFiles]:
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
    numbered: dict[FileKind, dict[Number, Path]] = {}
    for kind, files in found.items():
        numbers = frame_numbers(files)
        if numbers is not None:
            numbered[kind] = _by_number(numbers, files)
    if (
        len(numbered) < len(found)
        or len({len(n) for k in numbered.values() for n in k}) > 1
    ):
        return _by_order(found, path, optional)
    return _by_numbers(numbered, path, optional, fill)


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


def shifted_kinds(frames: Sequence[FrameFiles]) -> tuple[Path, Path] | None:
    """Finds two kinds of files of which one begins, and ends, a frame later.

    So it is where one is numbered from 0 and the other from 1: each pair is then of
    two frames, although only the first and the last file find none.

    Args:
        frames: from `pair_files`.

    Returns:
        The first file of each kind, the earlier one first; None where there are none.
    """
    if len(frames) < _LEAST_SHIFTED:
        return None
    begins, ends = frames[0].files, frames[-1].files
    early, late = begins.keys() - ends.keys(), ends.keys() - begins.keys()
    complete = all(len(f.files) == len(frames[1].files) for f in frames[1:-1])
    if not (early and late and complete):
        return None
    one = next(kind for kind in begins if kind in early)
    other = next(kind for kind in ends if kind in late)
    if not {one, other} <= frames[1].files.keys():
        return None
    return begins[one], frames[1].files[other]


def _by_number(numbers: list[Number], files: list[Path]) -> dict[Number, Path]:
    """Maps frame numbers to files.

    Raises:
        InputError: two files have one number.
    """
    paired: dict[Number, Path] = {}
    for number, file in zip(numbers, files, strict=True):
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
    numbers = fill_numbers(numbers, step, fill)
    frames: list[FrameFiles] = []
    for index, number in enumerate(numbers):
        files = {kind: at[number] for kind, at in numbered.items() if number in at}
        first = next(iter(files.values()), None)
        frames.append(
            FrameFiles(
                renumbered(frames[-1].name, number) if first is None else first.stem,
                files,
                tuple(kind.folder for kind in needed if kind not in files),
                index > 0 and follows(numbers[index - 1], number, step),
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
