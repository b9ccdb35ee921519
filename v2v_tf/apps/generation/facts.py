"""What is said of each frame of a video, kept on disk: a line a frame.

Memory does not grow with the video. The finished file is JSON, and still has a line a
frame, so that it is read as it was written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any


class FactsFile:
    """Facts of the frames of a video in progress.

    Args:
        path: file to write; it is made, or gone on with.
        begun: bytes of it that count, of a video that is gone on with; what came after
            is left out.
    """

    def __init__(self, path: Path, begun: int = 0) -> None:
        self._path = path
        with path.open("ab") as file:
            file.truncate(begun)

    def add(self, facts: Sequence[Mapping[str, Any]]) -> int:
        """Adds the facts of frames, one after the other; returns the bytes in all.

        They are on disk when this returns.
        """
        with self._path.open("ab") as file:
            for one in facts:
                file.write(json.dumps(one).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            return file.tell()

    def finish(self, path: Path, fps: float) -> None:
        """Writes all facts as JSON.

        Args:
            path: file to write; it appears whole.
            fps: frames a second, as a rule.
        """
        partial = path.with_name(f".{path.name}.partial")
        with self._path.open("rb") as lines, partial.open("wb") as file:
            file.write(f'{{"fps": {json.dumps(fps)}, "frames": [\n'.encode())
            for number, line in enumerate(lines):
                file.write((b",\n" if number else b"") + line.rstrip(b"\n"))
            file.write(b"\n]}\n")
        os.replace(partial, path)


def read_facts(path: Path) -> Iterator[dict[str, Any]]:
    """Reads the facts of a finished video, one frame after the other.

    Args:
        path: file that `FactsFile.finish` wrote.

    Yields:
        What is said of each frame.
    """
    with path.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            if line.startswith("{"):
                yield json.loads(line.rstrip().removesuffix(","))
