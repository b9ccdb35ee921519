"""Says why a process ended where it cannot say so itself.

A system kills without a word, and libraries in C++ may abort or crash where they get no
memory. A second, tiny process hears the first one end, and prints what it was told.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import threading
from types import FrameType, TracebackType
from typing import Any

# Its last line is what there is to say; an empty one, that all is well.
_LISTENER = """
import sys
words = ""
for line in sys.stdin:
    words = line.strip()
if words:
    print(words, file=sys.stderr, flush=True)
"""


class LastWords:
    """Has something printed on standard error if the process dies in the block.

    An end of the block by any exception is no death, nor is one by SIGTERM, which asks.
    Where a second process cannot be started, nothing is printed.

    Args:
        words: one line, until `say` gives another.

    Example:
        ```python
        >>> from v2v_tf.memory.last_words import LastWords
        >>> with LastWords("killed, perhaps for want of memory") as last_words:
        ...     last_words.say("killed in the second half")

        ```
    """

    def __init__(self, words: str) -> None:
        self._words = words
        self._listener: subprocess.Popen | None = None
        self._before: Any = None

    def __enter__(self) -> LastWords:
        with contextlib.suppress(OSError):
            self._listener = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _LISTENER],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                encoding="utf-8",
                errors="backslashreplace",
                # Ctrl-C goes to all processes of a terminal's job, and is not for it.
                start_new_session=True,
            )
        self.say(self._words)
        self._take_sigterm()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.say("")
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
        if self._listener is None or self._listener.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._listener.stdin.close()
        self._listener.wait()

    def _take_sigterm(self) -> None:
        """Makes SIGTERM an orderly end, where nobody else has a use for it."""
        in_main = threading.current_thread() is threading.main_thread()
        if in_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            self._before = signal.signal(signal.SIGTERM, _end)

    def say(self, words: str) -> None:
        """Replaces what is printed, by one line; nothing is printed for none."""
        if self._listener is None or self._listener.stdin is None:
            return
        with contextlib.suppress(OSError):
            self._listener.stdin.write(" ".join(words.split()) + "\n")
            self._listener.stdin.flush()


def _end(signum: int, frame: FrameType | None) -> None:
    del frame
    sys.exit(128 + signum)
