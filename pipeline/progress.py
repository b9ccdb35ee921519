"""Shows a local run: one line for each component; all else goes to a file.

TFX says what it does in its log alone, so the log is watched.
"""

from __future__ import annotations

import contextlib
import logging
import re
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from absl import logging as absl_logging

_RUNNING = re.compile(r"Component (\S+) is running\.")
_FINISHED = re.compile(r"Component (\S+) is finished\.")
_CACHED = "A cached execution"
_EXECUTED = "Going to run a new execution"
_CHATTY = ("apache_beam", "tensorflow")


class Progress(logging.Handler):
    """Prints components as they begin and end.

    Args:
        components: ids of the components, in the order of the run.

    Attributes:
        executed: ids of the components that ran.
        cached: ids of those whose results of an earlier run were used again.
    """

    def __init__(self, components: Sequence[str]) -> None:
        super().__init__(logging.INFO)
        self.executed: list[str] = []
        self.cached: list[str] = []
        self._components = list(components)
        self._current, self._began = "", time.monotonic()

    def emit(self, record: logging.LogRecord) -> None:
        """Reads a message of TFX's log."""
        message = record.getMessage()
        if found := _RUNNING.match(message):
            self._current, self._began = found[1], time.monotonic()
            self._say("...")
        elif message.startswith(_CACHED):
            self.cached.append(self._current)
        elif message.startswith(_EXECUTED) and self._current not in self.executed:
            self.executed.append(self._current)
        elif _FINISHED.match(message):
            seconds = time.monotonic() - self._began
            cached = self._current in self.cached
            self._say("unchanged" if cached else f"{seconds:.0f} s")

    def _say(self, what: str) -> None:
        known = self._current in self._components
        number = self._components.index(self._current) + 1 if known else 0
        print(
            f"[{number:2}/{len(self._components)}] {self._current:<30} {what}",
            flush=True,
        )


@contextlib.contextmanager
def show(components: Sequence[str], log_file: Path) -> Iterator[Progress]:
    """Shows progress and errors inside the `with`, and writes the whole log to a file.

    Args:
        components: ids of the components, in the order of the run.
        log_file: file to write; its folder is made.

    Yields:
        What has run so far.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    progress = Progress(components)
    to_file = logging.FileHandler(log_file, encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    shown = logging.StreamHandler(sys.stderr)
    shown.setLevel(logging.ERROR)
    # By absl's own setting: TensorFlow silences it for moments, and puts that back.
    verbosity = absl_logging.get_verbosity()
    absl_logging.set_verbosity(absl_logging.INFO)
    try:
        with contextlib.ExitStack() as stack:
            absl_logger = absl_logging.get_absl_logger()
            stack.enter_context(_handled(absl_logger, progress, to_file, shown))
            for name in _CHATTY:
                stack.enter_context(_handled(logging.getLogger(name), to_file, shown))
            yield progress
    finally:
        absl_logging.set_verbosity(verbosity)
        to_file.close()


@contextlib.contextmanager
def _handled(logger: logging.Logger, *handlers: logging.Handler) -> Iterator[None]:
    """Gives what a logger says to these handlers and to no others."""
    before = logger.propagate, list(logger.handlers)
    logger.propagate, logger.handlers[:] = False, handlers
    try:
        yield
    finally:
        logger.propagate, logger.handlers[:] = before
