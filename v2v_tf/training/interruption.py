"""Stops long work in good order when a signal asks for it."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Interrupted(Exception):
    """Tells that a signal stopped training after it had saved.

    Args:
        signum: the signal.
        step: step of the checkpoint that was saved.
    """

    def __init__(self, signum: int, step: int) -> None:
        super().__init__(
            f"stopped by {signal.Signals(signum).name}, saved after step {step}: give "
            "the same command to go on"
        )
        self.signum = signum
        self.step = step


class StopRequest:
    """Notes a first SIGTERM or Ctrl-C; a second Ctrl-C stops at once.

    A context manager; without effect outside the main thread, which alone gets
    signals.

    Args:
        unit: word for what is finished before the stop, for the user.
        then: called with the first signal, to tell others; None for nobody.

    Attributes:
        signum: the signal that came, or None.
    """

    def __init__(
        self, unit: str = "step", then: Callable[[], None] | None = None
    ) -> None:
        self._unit = unit
        self._then = then
        self.signum: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for signum in _SIGNALS:
                self._before[signum] = signal.signal(signum, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for signum, handler in self._before.items():
            signal.signal(signum, handler)

    def _note(self, signum: int, frame: FrameType | None) -> None:
        if self.signum is not None and signum == signal.SIGINT:
            raise KeyboardInterrupt
        self.signum = signum
        if self._then is not None:
            self._then()
        name = signal.Signals(signum).name
        print(f"\n{name}: saving after this {self._unit}", file=sys.stderr, flush=True)
