"""Numbers of frames: how they grow, and where some are missing."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from v2v_tf.data.sources.names import Value

# The numbers of a name that count; frames of one sequence have equally many.
Number = tuple[Value, ...]

_LAST_NUMBER = re.compile(r"(?:(?:^|(?<=[_ .]))-)?\d+")
# A longer step than this many usual ones has a gap in it, as a fraction.
_LONGEST_STEP = (3, 2)


def common_step(numbers: Sequence[Number]) -> Value:
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


def follows(before: Number, after: Number, step: Value) -> bool:
    """Returns whether no frame is missing between two numbers.

    Times need not grow by exactly one step (33, 67, 100 milliseconds).
    """
    most, of = _LONGEST_STEP
    grown = after[-1] - before[-1]
    return before[:-1] == after[:-1] and 0 < grown * of <= step * most


def fill_numbers(numbers: Sequence[Number], step: Value, most: int) -> list[Number]:
    """Returns numbers with those of short gaps between them.

    Args:
        numbers: sorted, without repeats.
        step: step of `common_step`; gaps between decimal fractions are not filled.
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
            last, next_one = filled[-1][-1], number[-1]
            if not isinstance(step, Decimal) and isinstance(last, int):
                missing = range(last + step, int(next_one), step)
                if len(missing) <= most and (next_one - last) % step == 0:
                    filled += [(*number[:-1], between) for between in missing]
        filled.append(number)
    return filled


def renumbered(name: str, number: Number) -> str:
    """Returns a name with its last number in place of the one that it has."""
    *_, last = _LAST_NUMBER.finditer(name)
    digits = str(number[-1]).zfill(len(last[0]))
    return name[: last.start()] + digits + name[last.end() :]


def written(number: Number) -> str:
    """Returns a frame number for messages, such as `19` or `2/19`."""
    return "/".join(str(part) for part in number)
