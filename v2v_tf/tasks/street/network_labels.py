"""What the classes of a network become: names of classes to ids of labels."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from v2v_tf.errors import InputError
from v2v_tf.tasks.files import read_text

if TYPE_CHECKING:
    from v2v_tf.tasks.labels import Labels

IGNORE = "ignore"
_SHOWN = 6
_LISTED = 40
# A name of a label, an id, or `ignore`.
Wish = str | int


def read_wishes(path: str | Path) -> dict[str, Wish]:
    r"""Reads the file of `--labels`: what the classes of a network become.

    Args:
        path: JSON or YAML, an object from names of classes to labels; or CSV, a line
            `name,label` for each. A label is an id, a name of the configuration's, or
            `ignore`. Several classes may become one label.

    Returns:
        The label of each name.

    Raises:
        InputError: the file cannot be read, or holds something else.

    Example:
        ```python
        >>> from pathlib import Path
        >>> _ = Path("labels.csv").write_text("road,7\ncar,26\nvan,26\n")
        >>> read_wishes("labels.csv")
        {'road': 7, 'car': 26, 'van': 26}

        ```
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"--labels {path}: no such file")
    text = read_text(path)
    if path.suffix.lower() == ".csv":
        values: object = _read_csv(path, text)
    else:
        try:
            values = yaml.safe_load(text)
        except yaml.YAMLError as error:
            reason = str(error).splitlines()[0]
            raise InputError(f"{path}: neither JSON nor YAML: {reason}") from error
    if not isinstance(values, dict) or not values:
        raise InputError(f"{path}: expected names of classes with their labels")
    for name, label in values.items():
        if not isinstance(label, int | str) or isinstance(label, bool):
            raise InputError(
                f"{path}, {name}: expected an id, the name of a label, or ignore, got "
                f"{label!r}"
            )
    return {str(name): label for name, label in values.items()}


def _read_csv(path: Path, text: str) -> dict[str, Wish]:
    values: dict[str, Wish] = {}
    rows = csv.reader(text.splitlines(), skipinitialspace=True)
    for row in rows:
        if not row or row[0].startswith("#"):
            continue
        if len(row) != 2:
            raise InputError(
                f"{path}, line {rows.line_num}: expected name,label with one comma, "
                f"got {','.join(row)}"
            )
        if row[0] in values:
            raise InputError(
                f"{path}, line {rows.line_num}: {row[0]} was named before, with "
                f"{values[row[0]]}: leave one line for each class"
            )
        values[row[0]] = _number(row[1].strip())
    return values


def match(
    classes: Mapping[int, str],
    labels: Labels,
    ignore_label: int,
    wishes: Mapping[str, Wish],
) -> dict[int, int]:
    """Returns the label of each class of a network.

    A class becomes what the wishes say of its name, else the label of the same name;
    letter case, `_` and `-` do not count.

    Args:
        classes: names of the network's classes by id.
        labels: labels of the configuration.
        ignore_label: id of pixels without a label; -1 for none.
        wishes: content of `--labels`; empty for none.

    Raises:
        InputError: names that have no label, a label that there is not, or wishes for
            classes that there are not.
    """
    ids = {_plain(name): label for label, name in reversed([*enumerate(labels.names)])}
    wished = {_plain(name): label for name, label in wishes.items()}
    own = {_plain(name) for name in classes.values()}
    strange = [name for name in wishes if _plain(name) not in own]
    if strange:
        raise InputError(
            f"--labels: the network has no class {', '.join(strange[:_SHOWN])}; it has "
            f"{', '.join([*classes.values()][:_LISTED])}"
        )
    found: dict[int, int] = {}
    missing = []
    for number, name in classes.items():
        wish = wished.get(_plain(name))
        if wish is not None:
            found[number] = _label(name, wish, ids, labels.num_labels, ignore_label)
        elif _plain(name) in ids:
            found[number] = ids[_plain(name)]
        else:
            missing.append(name)
    if missing:
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        raise InputError(
            f"the configuration has no label named {', '.join(missing[:_SHOWN])}{more},"
            " which the network tells apart: say by --labels FILE what each becomes, "
            f"an id, the name of a label ({', '.join(labels.names[:3])}, ...) or ignore"
        )
    return found


def _label(
    name: str, wish: Wish, ids: Mapping[str, int], num_labels: int, ignore_label: int
) -> int:
    if isinstance(wish, str) and _plain(wish) in ids:
        return ids[_plain(wish)]
    if wish == IGNORE:
        if ignore_label < 0:
            raise InputError(
                f"--labels: {name} is to be ignored, and the configuration has no id "
                "for that: --set conditioning.street.ignore_label=255, or name a label"
            )
        return ignore_label
    if isinstance(wish, int) and (0 <= wish < num_labels or wish == ignore_label >= 0):
        return wish
    raise InputError(
        f"--labels: {name} becomes {wish}, and the configuration has the labels 0 .. "
        f"{num_labels - 1}: {', '.join(sorted(ids, key=lambda one: ids[one]))}"
    )


def _plain(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split())


def _number(text: str) -> Wish:
    return int(text) if text.isdecimal() else text
