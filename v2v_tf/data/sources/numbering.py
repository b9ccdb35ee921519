"""Numbers of frames, as the names of their files say them."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

# The numbers of a name that count; frames of one sequence have equally many.
Number = tuple[int, ...]

_DIGITS = re.compile(r"\d+")


def frame_numbers(paths: Sequence[Path]) -> list[Number] | None:
    """Returns the number of each file of a folder, as its name says it.

    Names of one pattern have digits at the same places; those that differ between
    files count (`aachen_000000_000019_leftImg8bit` is frame 19). Names of several
    patterns are told apart by their last number.

    Args:
        paths: of the files of one kind and sequence.

    Returns:
        A number for each file; None where not every name carries one.

    Example:
        ```python
        >>> from pathlib import Path
        >>> frame_numbers([Path("cam2_007.png"), Path("cam2_010.png")])
        [(7,), (10,)]
        >>> frame_numbers([Path("first.png"), Path("second.png")]) is None
        True

        ```
    """
    stems = [path.stem for path in paths]
    found = [[int(digits) for digits in _DIGITS.findall(stem)] for stem in stems]
    if not found or not all(found):
        return None
    if len({_DIGITS.sub("#", stem) for stem in stems}) > 1:
        last: list[Number] = [(numbers[-1],) for numbers in found]
        return last if len(set(last)) == len(last) else None
    places = [
        place
        for place, column in enumerate(zip(*found, strict=True))
        if len(set(column)) > 1
    ]
    places = places or [len(found[0]) - 1]
    return [tuple(numbers[place] for place in places) for numbers in found]


def common_step(numbers: Sequence[Number]) -> int:
    """Returns by how much frame numbers grow from frame to frame, as a rule.

    Args:
        numbers: sorted, without repeats.
    """
    steps = Counter(
        after[-1] - before[-1]
        for before, after in itertools.pairwise(numbers)
        if before[:-1] == after[:-1]
    )
    return min(steps, key=lambda step: (-steps[step], step)) if steps else 1


def follows(before: Number, after: Number, step: int) -> bool:
    """Returns whether no frame is missing between two numbers."""
    return before[:-1] == after[:-1] and after[-1] - before[-1] == step


def fill_numbers(numbers: Sequence[Number], step: int, most: int) -> list[Number]:
    """Returns numbers with those of short gaps between them.

    Args:
        numbers: sorted, without repeats.
        step: of `common_step`.
        most: gaps of so many numbers or fewer are filled.

    Example:
        ```python
        >>> fill_numbers([(1,), (2,), (5,), (9,)], step=1, most=2)
        [(1,), (2,), (3,), (4,), (5,), (9,)]

        ```
    """
    filled: list[Number] = []
    for number in numbers:
        if filled and filled[-1][:-1] == number[:-1]:
            last = filled[-1][-1]
            missing = range(last + step, number[-1], step)
            if len(missing) <= most and (number[-1] - last) % step == 0:
                filled += [(*number[:-1], between) for between in missing]
        filled.append(number)
    return filled


def renumbered(name: str, number: Number) -> str:
    """Returns a name with its last number in place of the one that it has."""
    *_, last = _DIGITS.finditer(name)
    digits = str(number[-1]).zfill(len(last[0]))
    return name[: last.start()] + digits + name[last.end() :]


def written(number: Number) -> str:
    """Returns a frame number for messages, such as `19` or `2/19`."""
    return "/".join(str(part) for part in number)
