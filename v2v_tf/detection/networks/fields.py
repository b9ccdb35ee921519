"""Reads the values of a small description, and names the key of what cannot be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from v2v_tf.config.plugins import did_you_mean
from v2v_tf.errors import InputError


class Fields:
    """Reads the values of one object of JSON or YAML.

    Args:
        values: the object.
        where: file and block, for messages.
        known: names of the keys that it may have.

    Raises:
        InputError: no object, or an unknown key.
    """

    def __init__(self, values: Any, where: str, known: Sequence[str]) -> None:
        if not isinstance(values, dict):
            raise InputError(
                f"{where}: expected an object with {', '.join(known)}, got "
                f"{type(values).__name__}"
            )
        for key in values:
            if key not in known:
                raise InputError(
                    f"{where}: unknown key '{key}'{did_you_mean(str(key), known)}; "
                    f"there are {', '.join(known)}"
                )
        self._values = values
        self._where = where

    def block(self, key: str, known: Sequence[str]) -> Fields | None:
        """Returns an object inside; None where there is none."""
        if self._values.get(key) is None:
            return None
        return Fields(self._values[key], f"{self._where}, {key}", known)

    def text(self, key: str) -> str | None:
        """Returns a text; None where there is none."""
        value = self._values.get(key)
        self.require(key, value is None or isinstance(value, str), "a text")
        return value

    def truth(self, key: str) -> bool:
        """Returns whether something is so; false where it is not said."""
        value = self._values.get(key, False)
        self.require(key, isinstance(value, bool), "true or false")
        return value

    def numbers(self, key: str, count: int) -> tuple[float, ...] | None:
        """Returns numbers, one for all of them too; None where there are none."""
        value = self._values.get(key)
        if value is None:
            return None
        several = value if isinstance(value, list) else [value] * count
        wanted = f"{count} numbers" if count > 1 else "a number"
        self.require(key, len(several) == count, wanted)
        for one in several:
            is_number = isinstance(one, int | float) and not isinstance(one, bool)
            self.require(key, is_number and math.isfinite(one), wanted)
        return tuple(map(float, several))

    def names(self, key: str) -> dict[int, str]:
        """Returns names by id, of a list or an object; empty where there are none."""
        value = self._values.get(key)
        if value is None:
            return {}
        wanted = "a list of names, or an object from ids to names"
        self.require(key, isinstance(value, list | dict) and bool(value), wanted)
        pairs = enumerate(value) if isinstance(value, list) else value.items()
        named: dict[int, str] = {}
        for number, name in pairs:
            is_id = str(number).isdecimal()
            self.require(key, is_id and isinstance(name, str), wanted)
            named[int(number)] = name
        return named

    def require(self, key: str, holds: bool, wanted: str) -> None:
        """Raises InputError unless a key holds what is wanted."""
        if not holds:
            got = self._values.get(key)
            raise InputError(
                f"{self._where}, {key}: expected {wanted}, got "
                f"{'nothing' if got is None else repr(got)}"
            )
