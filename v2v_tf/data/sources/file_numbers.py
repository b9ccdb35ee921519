"""Which number each file of a folder has, and which files are no frames."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from v2v_tf.data.sources.names import Reading, Value, copied_from, read_names
from v2v_tf.data.sources.numbering import Number, common_step

Kind = TypeVar("Kind", bound=Hashable)

# Of two names nobody can tell which of their numbers counts.
_LEAST_COUNTED = 3


@dataclass(frozen=True)
class Numbering:
    """The numbers of the files of one kind.

    Attributes:
        numbers: number of each file that has one, with that file.
        left_out: files that are no frame, by why.
        counts: whether a number that is not there is a frame that is missing.
    """

    numbers: tuple[tuple[Number, Path], ...]
    left_out: tuple[tuple[str, Path], ...] = ()
    counts: bool = True


def number_files(paths: Sequence[Path]) -> Numbering | None:
    """Numbers the files of one kind by the pattern that most names have.

    Copies, and files whose names do not carry the number that the others carry, are
    left out.

    Args:
        paths: files of one kind and sequence.

    Returns:
        The numbers; None where names carry none that can be used.
    """
    copies = _copies(paths)
    rest = [path for path in paths if path not in copies]
    reading = read_names([path.stem for path in rest])
    patterns = Counter(reading.pattern(path.stem) for path in rest)
    main, count = max(patterns.items(), key=lambda one: one[1], default=("", 0))
    copied = [path for path in paths if path in copies]
    out = [("a copy, by its name, of another file", path) for path in copied]
    if "\0" not in main or 2 * count <= len(rest):
        numbers = _numbers_of_several(rest, reading)
        return None if numbers is None else Numbering(tuple(numbers), tuple(out))
    same = [path for path in rest if reading.pattern(path.stem) == main]
    others = [path for path in rest if reading.pattern(path.stem) != main]
    values = [reading.values(path.stem) for path in same]
    places, counts = _counting_places(values)
    found = [
        (tuple(row[place] for place in places), path)
        for row, path in zip(values, same, strict=True)
    ]
    if len(places) == 1:
        fitting = _fitting(found, others, reading, main, places[0])
        found += fitting
        frames = {path for _, path in fitting}
        others = [path for path in others if path not in frames]
    taken = dict(found)
    for path in others:
        number = reading.number_before(path.stem, main, places[0])
        there = taken.get((number,)) if number is not None else None
        why = f"without a number in its name such as that of {same[0].name}"
        if there is not None:
            why = "of a frame that has a file named as most are"
        elif copied_from(path.stem) is not None:
            why = "a copy, by its name, of a file not there: rename it if it is meant"
        out.append((why, path))
    return Numbering(tuple(found), tuple(out), counts)


def _copies(paths: Sequence[Path]) -> set[Path]:
    """Returns the files that are, by their names, copies of others in the folder."""
    stems = {path.stem for path in paths}
    bases = {path: copied_from(path.stem) for path in paths}
    copies = {path for path, base in bases.items() if base in stems}
    # Numbers in brackets may be all that counts: img1 (2), img1 (3), ...
    originals = len({bases[path] for path in copies})
    return copies if len(copies) < max(2, 2 * originals) else set()


def _numbers_of_several(
    paths: Sequence[Path], reading: Reading
) -> list[tuple[Number, Path]] | None:
    """Returns the numbers of names of several patterns; None if they tell nothing."""
    found = [reading.values(path.stem) for path in paths]
    if not found or not all(found):
        return None
    begins = {reading.pattern(path.stem).split("\0")[0] for path in paths}
    # The first one where all names begin alike, as before a time or a checksum.
    for place in (*([0] if len(begins) == 1 else []), -1):
        numbers = [(row[place],) for row in found]
        if len(set(numbers)) == len(numbers):
            return list(zip(numbers, paths, strict=True))
    return None


def _counting_places(values: Sequence[Sequence[Value]]) -> tuple[list[int], bool]:
    """Returns which numbers of names of one pattern count, and whether by a step.

    Where several differ that each alone names the frame, such as a count and a time,
    the one that grows by one does.
    """
    columns = [*zip(*values, strict=True)]
    places = [place for place, column in enumerate(columns) if len(set(column)) > 1]
    if len(places) <= 1 or len(values) < _LEAST_COUNTED:
        return places or [len(columns) - 1], True
    rows = sorted(zip(*(columns[place] for place in places), strict=True))
    growing: list[int] = []
    for place, column in zip(places, zip(*rows, strict=True), strict=True):
        steps = [after - before for before, after in itertools.pairwise(column)]
        if not (all(s > 0 for s in steps) or all(s < 0 for s in steps)):
            return places, True
        if steps.count(1) * 2 > len(steps):
            growing.append(place)
    return (growing or places)[:1], bool(growing)


def _fitting(
    found: Sequence[tuple[Number, Path]],
    others: Iterable[Path],
    reading: Reading,
    main: str,
    place: int,
) -> list[tuple[Number, Path]]:
    """Returns files of other patterns that fit into the numbers of most.

    Those are files that begin as the others do (`f003.edited`), and several of one
    other pattern that go on where the others end; their numbers are free.
    """
    taken = {number for number, _ in found}
    step = common_step(sorted(taken))
    groups = Counter(reading.pattern(path.stem) for path in others)
    waiting: list[tuple[Number, Path]] = []
    for path in others:
        value = reading.number_before(path.stem, main, place)
        values = reading.values(path.stem)
        if value is None and values and groups[reading.pattern(path.stem)] > 1:
            value = values[-1]
        if value is not None and copied_from(path.stem) is None:
            waiting.append(((value,), path))
    fitting: list[tuple[Number, Path]] = []
    waiting.sort(key=lambda one: one[0])
    for number, path in [*waiting, *reversed(waiting)]:
        low, high = min(taken)[0] - step, max(taken)[0] + step
        if number not in taken and low <= number[0] <= high:
            taken.add(number)
            fitting.append((number, path))
    return fitting


def alike(numbered: Mapping[Kind, Numbering]) -> dict[Kind, Numbering]:
    """Returns numberings of which all have as many numbers a name, where possible.

    Of names with several numbers that one is taken that other kinds have.
    """
    single = [
        {number for number, _ in one.numbers}
        for one in numbered.values()
        if len(one.numbers[0][0]) == 1
    ]
    if not single:
        return dict(numbered)
    wanted = set().union(*single)
    return {kind: _narrowed(one, wanted) for kind, one in numbered.items()}


def _narrowed(numbering: Numbering, wanted: set[Number]) -> Numbering:
    """Returns a numbering by the one of its numbers that most of the wanted have."""
    best, most = numbering, 0
    for place in range(len(numbering.numbers[0][0])):
        numbers = tuple(((number[place],), file) for number, file in numbering.numbers)
        known = {number for number, _ in numbers}
        if len(known) == len(numbers) and len(known & wanted) > most:
            most = len(known & wanted)
            best = dataclasses.replace(numbering, numbers=numbers)
    return best
