"""Progress and the time left, on stderr."""

from __future__ import annotations

import sys
import time

_EVERY = 10.0  # seconds between lines of one case


class Progress:
    """Tells how far the measurement is.

    Args:
        weights: seconds that the cases may take, in order; corrected by what those
            that are done took.
    """

    def __init__(self, weights: list[float]) -> None:
        self._weights = weights
        self._case = -1
        self._name = ""
        self._begin = self._case_begin = time.monotonic()
        self._last = 0.0

    def next_case(self, name: str) -> None:
        """Begins the next case."""
        self._case += 1
        self._name, self._last = name, 0.0
        self._case_begin = time.monotonic()

    def tell(self, step: str) -> None:
        """Says what is being done, if the last line is old enough."""
        now = time.monotonic()
        if now - self._last < _EVERY:
            return
        self._last = now
        done = sum(self._weights[: self._case])
        left = ""
        if done:
            pace = (self._case_begin - self._begin) / done
            end = self._case_begin + pace * sum(self._weights[self._case :])
            left = f", about {max(1, round((end - now) / 60))} min left"
        print(
            f"[{self._case + 1}/{len(self._weights)}] {self._name}: {step}{left}",
            file=sys.stderr,
            flush=True,
        )
