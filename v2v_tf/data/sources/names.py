"""Numbers in the names of files: digits, decimal fractions, and minus signs."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

Value = int | Decimal

_DIGITS = r"\d+"
_MINUS = r"(?:(?:^|(?<=[_ .]))-)?"
_DECIMAL = r"(?<![\d.])\d+\.\d+(?![\d.])|\d+"
_HAS_MINUS = re.compile(r"(?:^|(?<=[_ .]))-(?=\d)")
_FRACTION = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?![\d.])")
# What systems put into the name of a copy; the rest is the name of what was copied.
_COPIES = (
    re.compile(r"^(?P<base>.*\d.*?) ?\(\d+\)$"),
    re.compile(
        r"^(?P<base>.*\d.*?)(?: - |[ _-])(?:copy|kopie|copi[ae])(?: ?\(?\d+\)?)?$",
        re.IGNORECASE,
    ),
    re.compile(r"^(?:copy of|kopie von|copi[ae] de) (?P<base>.+)$", re.IGNORECASE),
)


@dataclass(frozen=True)
class Reading:
    """How the numbers of the names in one folder are read.

    Attributes:
        number: matches one number.
    """

    number: re.Pattern[str]

    def values(self, stem: str) -> list[Value]:
        """Returns the numbers of a name, in order."""
        return [
            Decimal(text) if "." in text else int(text)
            for text in self.number.findall(stem)
        ]

    def pattern(self, stem: str) -> str:
        """Returns a name with a mark in place of each number."""
        return self.number.sub("\0", stem)

    def number_before(self, stem: str, pattern: str, place: int) -> Value | None:
        """Returns the number of a name that begins as a pattern does; None for others.

        Args:
            stem: such as `f003.edited`.
            pattern: pattern of other names, such as that of `f003`.
            place: place of the number among those of the pattern, from 0.
        """
        found = list(self.number.finditer(stem))[: place + 1]
        if len(found) <= place:
            return None
        begins = self.number.sub("\0", stem[: found[-1].end()])
        begun = "\0".join(pattern.split("\0")[: place + 1]) + "\0"
        return self.values(stem)[place] if begins == begun else None


def read_names(stems: Sequence[str]) -> Reading:
    """Returns how the numbers of names are read that count one thing.

    A minus before digits counts where some names have one and others do not. A point
    between digits counts where the numbers are decimal fractions, and not where they
    are those of versions, such as `1.9` and `1.10`.

    Example:
        ```python
        >>> reading = read_names(["t_-0.5", "t_0", "t_0.25"])
        >>> [str(reading.values(name)[0]) for name in ("t_-0.5", "t_0.25")]
        ['-0.5', '0.25']

        ```
    """
    signed = [bool(_HAS_MINUS.search(stem)) for stem in stems]
    sign = _MINUS if any(signed) and not all(signed) else ""
    digits = _DECIMAL if _are_fractions(stems) else _DIGITS
    return Reading(re.compile(f"{sign}(?:{digits})"))


def copied_from(stem: str) -> str | None:
    """Returns the name that a copy was made of; None where a name is none of a copy.

    Example:
        ```python
        >>> copied_from("f0003 - Copy"), copied_from("f0003 (1)"), copied_from("f0003")
        ('f0003', 'f0003', None)

        ```
    """
    match = next((m for copy in _COPIES if (m := copy.match(stem))), None)
    return None if match is None else copied_from(match["base"]) or match["base"]


def _are_fractions(stems: Sequence[str]) -> bool:
    found = [match for stem in stems for match in _FRACTION.finditer(stem)]
    tails = {match[2] for match in found}
    if len(tails) < 2 or len(found) < len(stems) / 2:
        return False
    same_width = len({len(tail) for tail in tails}) == 1
    whole = {match[1] for match in found}
    if same_width:
        return len(whole) > 1 and all(_FRACTION.search(stem) for stem in stems)
    # Versions are counted 1.9, 1.10, without zeros before; fractions have none after.
    if any(len(tail) > 1 and tail.startswith("0") for tail in tails):
        return True
    if any(len(tail) > 1 and tail.endswith("0") for tail in tails):
        return False
    steps = [b - a for a, b in itertools.pairwise(sorted(map(int, tails)))]
    return len(whole) > 1 or steps.count(1) <= len(steps) / 2
