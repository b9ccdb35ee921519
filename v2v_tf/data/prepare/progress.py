"""Progress of `prepare` across processes: sizes of marker files.

Workers append one byte per clip to a file of their own; the launching process adds
the sizes up and draws a bar. Works on every runner that shares the folder, and leaves
nothing behind: markers lie in the working folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tqdm.auto import tqdm

_POLL_SECONDS = 0.25
# A log file gets a line now and then, a terminal a moving bar.
_TERMINAL_INTERVAL = 0.5
_LOG_INTERVAL = 30.0


@dataclass(frozen=True)
class ProgressBoard:
    """Counts of planned and finished clips in a folder that all workers see."""

    folder: Path

    def planned(self, sequence: str, num_clips: int) -> None:
        """Says how many clips a sequence will give."""
        # Not the name itself, which may be too long for one more suffix.
        name = hashlib.sha256(sequence.encode()).hexdigest()
        (self.folder / f"{name}.planned").write_bytes(b"." * num_clips)

    def start_shard(self, file: str) -> None:
        """Sets a shard's count to 0; a retried one starts over."""
        (self.folder / f"{file}.done").write_bytes(b"")

    def clip_done(self, file: str) -> None:
        """Counts one clip of a shard, good or bad."""
        with (self.folder / f"{file}.done").open("ab") as marker:
            marker.write(b".")

    def counts(self) -> tuple[int, int]:
        """Returns how many clips are finished and how many are planned."""
        return self._total("*.done"), self._total("*.planned")

    def _total(self, pattern: str) -> int:
        return sum(path.stat().st_size for path in self.folder.glob(pattern))


@contextlib.contextmanager
def show_progress(
    board: ProgressBoard, what: str = "prepare", unit: str = "clip"
) -> Iterator[None]:
    """Draws what is done, the rate and the time left on standard error while open.

    Args:
        board: counts of all workers.
        what: word before the bar.
        unit: what is counted.
    """
    finished = threading.Event()
    interval = _TERMINAL_INTERVAL if sys.stderr.isatty() else _LOG_INTERVAL
    with tqdm(desc=what, unit=unit, total=0, mininterval=interval) as bar:
        watcher = threading.Thread(
            target=_watch, args=(board, bar, finished), daemon=True
        )
        watcher.start()
        try:
            yield
        finally:
            finished.set()
            watcher.join()


def _watch(board: ProgressBoard, bar: tqdm, finished: threading.Event) -> None:
    last = False
    while not last:
        # Once more after the end, so that the bar ends on the final counts.
        last = finished.wait(_POLL_SECONDS)
        done, bar.total = board.counts()
        bar.update(done - bar.n)
