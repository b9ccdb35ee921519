"""What is said of the files of a sequence that is no damage, and may be a mistake."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.data.sources.file_numbers import Numbering, number_files
from v2v_tf.data.sources.numbering import Number, written
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.task import FileKind

_MAX_NAMED = 5
# Of two frames, one that lacks a file each is no pattern.
_LEAST_SHIFTED = 3
# Parts of the frames by which counts of two kinds may differ that go together.
_NEARLY = 0.2


@dataclass(frozen=True)
class Remark:
    """What is said of a file, or of a folder."""

    path: Path
    reason: str


def remark_left_out(folder: Path, numbering: Numbering) -> list[Remark]:
    """Says which files of a folder are no frames, one remark for each reason."""
    by_reason: dict[str, list[Path]] = {}
    for reason, path in numbering.left_out:
        by_reason.setdefault(reason, []).append(path)
    return [
        Remark(
            paths[0],
            f"left out of {folder.parent.name}/{folder.name}: "
            f"{_named(paths)}, {reason}",
        )
        for reason, paths in by_reason.items()
    ]


def remark_shifted(
    numbered: Mapping[FileKind, Mapping[Number, Path]], optional: frozenset[FileKind]
) -> list[Remark]:
    """Says where one kind begins a number later than another, as from 0 and from 1.

    Each pair is then of two frames, although all but a few files find one. It is said
    where both have nearly as many, or end a number apart too; of a kind that frames
    may lack, also where it has fewer.
    """
    remarks: list[Remark] = []
    for one, other in itertools.combinations(numbered, 2):
        early, late = sorted((one, other), key=lambda kind: min(numbered[kind]))
        ahead, behind = numbered[early], numbered[late]
        if not _is_shifted(ahead, behind, bool({one, other} & optional)):
            continue
        first, second = ahead[min(ahead)], behind[min(behind)]
        alike = len(ahead) == len(behind)
        many = "as many" if alike else f"{len(behind)} for {len(ahead)}"
        remarks.append(
            Remark(
                first,
                f"the files of {first.parent} begin at {first.name} and those of "
                f"{second.parent}, {many}, at {second.name}: if they are numbered from "
                "0 and from 1, every pair is one frame off: number them alike",
            )
        )
    return remarks


def _is_shifted(
    early: Mapping[Number, Path], late: Mapping[Number, Path], may_lack: bool
) -> bool:
    begins = (min(early), min(late))
    ends = (max(early), max(late))
    if len({len(number) for number in (*begins, *ends)}) > 1:
        return False
    if begins[0][:-1] != begins[1][:-1] or begins[1][-1] - begins[0][-1] != 1:
        return False
    counts = sorted((len(early), len(late)))
    if may_lack and begins[0][-1] == 0:
        return True
    if ends[0][:-1] == ends[1][:-1] and ends[1][-1] - ends[0][-1] == 1:
        return counts[0] >= _LEAST_SHIFTED - 1
    nearly = counts[1] - counts[0] <= max(1, _NEARLY * counts[1])
    return begins[0][-1] == 0 and nearly and counts[0] >= _LEAST_SHIFTED


def remark_disjoint(
    numbered: Mapping[FileKind, Mapping[Number, Path]], optional: frozenset[FileKind]
) -> list[Remark]:
    """Says of which kinds, that frames may lack, no file has the number of a frame."""
    needed = {kind: at for kind, at in numbered.items() if kind not in optional}
    remarks: list[Remark] = []
    for kind in numbered.keys() & optional:
        numbers = numbered[kind]
        if not needed or any(
            number in at for at in needed.values() for number in numbers
        ):
            continue
        first, others = next(iter(needed.items()))
        remarks.append(
            Remark(
                numbers[min(numbers)],
                f"no file of {kind.folder} is used: their numbers are "
                f"{_range(numbers)} and those of {first.folder} {_range(others)}: the "
                "files of a frame must have one number in every kind",
            )
        )
    return remarks


def remark_unread(folder: Path, numbered: Mapping[Number, Path]) -> list[Remark]:
    """Says which files have the number of a missing frame, and an ending not read.

    Files of an ending that lie beside those that are read are something else.
    """
    read = {path.suffix for path in numbered.values()}
    stems = {path.stem for path in numbered.values()}
    others = [
        path
        for path in source_files.list_all(folder)
        if path.suffix not in read and path.is_file()
    ]
    besides = Counter(path.suffix for path in others if path.stem in stems)
    others = [path for path in others if not besides[path.suffix]]
    if not others:
        return []
    found = number_files([*numbered.values(), *others])
    left_out = () if found is None else found.numbers
    unread = [path for number, path in left_out if path in others]
    if not unread:
        return []
    endings = " ".join(sorted(read))
    return [
        Remark(
            unread[0],
            f"not read, though named as a frame: {_named(unread)} (the others end in "
            f"{endings}): convert them",
        )
    ]


def _range(numbers: Mapping[Number, Path]) -> str:
    return f"{written(min(numbers))} to {written(max(numbers))}"


def _named(paths: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in paths[:_MAX_NAMED])
    more = len(paths) - _MAX_NAMED
    return f"{names} and {more} more" if more > 0 else names
