"""Examples of docstrings as code: the pages of the API read `Example:` as `Examples:`.

griffe parses sessions with `>>>` in a section of the second name only; in one of the
first they would become quotations.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_HEADING = re.compile(r"^Example:$", re.MULTILINE)


class ExamplesAreCode(griffe.Extension):
    """Renames the section `Example` of every docstring that shows a session."""

    def on_instance(self, *, obj: griffe.Object, **_kwargs: Any) -> None:
        """Changes the docstring of an object that was loaded."""
        if obj.docstring is not None:
            obj.docstring.value = rename_examples(obj.docstring.value)


def rename_examples(docstring: str) -> str:
    """Returns a docstring with its section `Example` named `Examples`."""
    return _HEADING.sub("Examples:", docstring)
