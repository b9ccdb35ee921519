"""Tables from other ids, or colours, to the label ids of a configuration.

A table is rows of numbers, `(from, to)` or `(red, green, blue, to)`, so that a
configuration can hold it whole: a run needs no file besides.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2v_tf.config.plugins import did_you_mean
from v2v_tf.errors import InputError
from v2v_tf.tasks.files import (
    read_exact_rgb,
    read_ids,
    read_stored_ids,
    read_text,
)
from v2v_tf.tasks.street.palettes import palette_colors

Table = tuple[tuple[int, ...], ...]

# The ids of the 19 classes that Cityscapes' benchmark trains on, in its order.
_TRAINED = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)
_VOID_TRAIN_ID = 255
NUM_TRAIN_IDS = len(_TRAINED)
TRAIN_IDS = "cityscapes-train-ids"
COLORS = "cityscapes-colors"
NONE = "none"
NAMES = (TRAIN_IDS, COLORS, NONE)
_WIDTHS = {2: "from,to", 4: "r,g,b,id"}
_SHOWN = 3


def find_table(name: str | Path) -> Table:
    """Returns the table of a name, or that a file holds.

    Args:
        name: `cityscapes-train-ids`, whose 255 becomes 0, unlabeled;
            `cityscapes-colors`; `none` for ids that count as they are; else a text or
            CSV file with a line `from,to` for each id, or `r,g,b,id` for each colour.
            Numbers are parted by commas, semicolons, tabs or spaces; the first line
            may be a heading, and what follows `#` is left out.

    Returns:
        Rows (from, to) or (red, green, blue, to); empty for `none`.

    Raises:
        InputError: no such file, or a line of it that cannot be; it names the line.

    Example:
        ```python
        >>> find_table("cityscapes-train-ids")[13]
        (13, 26)

        ```
    """
    if str(name) == NONE:
        return ()
    if str(name) == TRAIN_IDS:
        return (*enumerate(_TRAINED), (_VOID_TRAIN_ID, 0))
    if str(name) == COLORS:
        return _of_colors(palette_colors("cityscapes"))
    path = Path(name)
    if not path.is_file():
        raise InputError(
            f"--label-map {name}: no such file{did_you_mean(str(name), NAMES)}; name a "
            f"file of lines from,to or r,g,b,id, or {', '.join(NAMES)}"
        )
    return _parse(path)


def problem(table: Table, num_labels: int, ignore_label: int) -> str | None:
    """Returns what is wrong with a table of a configuration; None for nothing.

    Args:
        table: rows of a configuration.
        num_labels: labels become 0 .. num_labels - 1.
        ignore_label: or this id; -1 for none.
    """
    if {len(row) for row in table} not in (set(), {2}, {4}):
        return "rows must all be [from, to], or all [red, green, blue, to]"
    if any(not 0 <= level <= 255 for row in table if len(row) == 4 for level in row):
        return "colours and their labels must be 0 .. 255"
    sources = [row[:-1] for row in table]
    if len(set(sources)) < len(sources):
        twice = next(one for one in sources if sources.count(one) > 1)
        return f"{_called(twice)} must become one label, and comes twice"
    for row in table:
        if not (0 <= row[-1] < num_labels or row[-1] == ignore_label >= 0):
            return (
                f"{_called(row[:-1])} becomes {row[-1]}, and labels are 0 .. "
                f"{num_labels - 1} (conditioning.street.num_labels)"
            )
    return None


@dataclass(frozen=True)
class LabelReader:
    """Reads files of label maps by a table; by value, as file kinds are compared.

    Attributes:
        table: rows; empty for ids that count as they are.
        stored: read pixels as they lie in the file, not upright.
    """

    table: Table
    stored: bool = False

    def __call__(self, path: Path) -> np.ndarray:
        """Reads a label map.

        Args:
            path: file of a lossless single-channel picture, or a coloured one where the
                table is of colours.

        Returns:
            Integers [H, W].

        Raises:
            InputError: it cannot be read, or holds what the table does not name.
        """
        read = read_stored_ids if self.stored else read_ids
        if not self.table:
            return read(path)
        if len(self.table[0]) == 2:
            keys = read(path).astype(np.int64)
        else:
            keys = _packed(read_exact_rgb(path, self.stored).astype(np.int64))
        rows = np.array(self.table, np.int64)
        known = rows[:, 0] if rows.shape[1] == 2 else _packed(rows[:, :3])
        order = np.argsort(known)
        known, labels = known[order], rows[order, -1]
        places = np.searchsorted(known, keys).clip(max=len(known) - 1)
        unknown = known[places] != keys
        if unknown.any():
            raise InputError(f"{path}: {self._unknown(keys[unknown])}")
        return labels[places].astype(np.int32)

    def as_stored(self) -> LabelReader:
        """Returns what reads the same files as they lie in them."""
        return dataclasses.replace(self, stored=True)

    def _unknown(self, keys: np.ndarray) -> str:
        found, counts = np.unique(keys, return_counts=True)
        most = np.argsort(-counts, kind="stable")[:_SHOWN]
        colored = len(self.table[0]) == 4
        named = ", ".join(
            f"{_called(_unpacked(int(found[i])) if colored else (int(found[i]),))} "
            f"({counts[i]} pixels)"
            for i in most
        )
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        advice = "add what is missing to the file of --label-map"
        if colored:
            advice += "; many colours come of pictures that were resized or compressed"
        else:
            advice += ", or give --label-map none if these are label ids already"
        return f"the label map table does not name {named}{more}: {advice}"


def _of_colors(colors: np.ndarray) -> Table:
    """Returns the table of a palette; the first of equal colours counts.

    A license plate is a car by its colour.
    """
    rows: dict[tuple[int, ...], int] = {}
    for label, color in enumerate(colors.tolist()):
        rows.setdefault(tuple(color), label)
    return tuple((*color, label) for color, label in rows.items())


def _parse(path: Path) -> Table:
    rows: dict[tuple[int, ...], int] = {}
    width = 0
    for number, fields in _lines(path):
        where = f"{path}, line {number}"
        try:
            row = tuple(int(field) for field in fields)
        except ValueError:
            if not width and not rows and not any(map(_is_number, fields)):
                width = _heading(fields, where)
                continue
            raise InputError(
                f"{where}: expected whole numbers, {_expected(width)}, got "
                f"{','.join(fields)}"
            ) from None
        if len(row) not in _WIDTHS or len(row) != (width or len(row)):
            raise InputError(
                f"{where}: expected {_expected(width)}, got {len(row)} numbers"
            )
        width = len(row)
        if rows.setdefault(row[:-1], row[-1]) != row[-1]:
            raise InputError(
                f"{where}: {_called(row[:-1])} becomes {row[-1]} here and "
                f"{rows[row[:-1]]} before: keep one of the lines"
            )
    if not rows:
        raise InputError(f"{path}: no line of a label map table: {_expected(0)}")
    return tuple((*source, label) for source, label in rows.items())


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(read_text(path).splitlines(), 1):
        text = line.partition("#")[0].strip()
        if text:
            yield number, re.split(r"\s*[,;]\s*|\s+", text)


def _heading(fields: list[str], where: str) -> int:
    """Returns how many columns a heading names; refuses columns in another order."""
    names = [field.lower() for field in fields]
    sources, target = [name[:1] for name in names[:-1]], names[-1]
    in_order = sources == ["r", "g", "b"] if len(names) == 4 else True
    swapped = target in ("r", "g", "b", "red", "green", "blue", "from")
    if len(fields) not in _WIDTHS or swapped or not in_order:
        raise InputError(
            f"{where}: the columns must be {_expected(0)}, got {','.join(fields)}"
        )
    return len(fields)


def _expected(width: int) -> str:
    return _WIDTHS.get(width, " or ".join(_WIDTHS.values()))


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[-+]?\d+(\.\d*)?", text) is not None


def _called(source: tuple[int, ...]) -> str:
    return f"id {source[0]}" if len(source) == 1 else f"colour {source}"


def _packed(colors: np.ndarray) -> np.ndarray:
    return colors[..., 0] << 16 | colors[..., 1] << 8 | colors[..., 2]


def _unpacked(key: int) -> tuple[int, ...]:
    return key >> 16, key >> 8 & 255, key & 255
