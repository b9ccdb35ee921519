"""Shows what the project warns of on a command line as plain lines, each once."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def shown_plainly() -> Iterator[None]:
    """Prints the project's log lines as `warning: ...` inside the `with`.

    The same line comes once. Lines of other libraries stay as they are, and so do all
    where somebody takes the log by a handler of their own, such as one of a file.
    """
    from absl import logging as absl_logging

    logger, lines = absl_logging.get_absl_logger(), _OwnLines()
    logger.addFilter(lines)
    try:
        yield
    finally:
        logger.removeFilter(lines)


class _OwnLines(logging.Filter):
    """Prints records of the project, and lets the others pass."""

    def __init__(self) -> None:
        super().__init__()
        self._printed: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        """Returns whether a record is not printed here."""
        is_own = _PACKAGE in Path(record.pathname).resolve().parents
        if not is_own or _is_taken(logging.getLogger(record.name)):
            return True
        line = f"{record.levelname.lower()}: {record.getMessage()}"
        if line not in self._printed:
            self._printed.add(line)
            print(line, file=sys.stderr, flush=True)
        return False


def _is_taken(logger: logging.Logger) -> bool:
    """Returns whether a handler does more than print what nobody else takes."""
    handlers = (*logger.handlers, *logging.getLogger().handlers)
    return any(type(handler) is not logging.StreamHandler for handler in handlers)
