"""Video files as sources: whatever FFmpeg reads, from front to back."""

from __future__ import annotations

import contextlib
import itertools
import statistics
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as ListOf
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.data.sources.base import (
    BadClip,
    Contents,
    EndOfSequenceError,
    Sequence,
    SequenceReader,
    SourceFrame,
)
from v2v_tf.data.sources.pairing import cut_runs
from v2v_tf.data.sources.video_file import DecodedFrame, decode, video_facts
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.registry import task_of

# A frame that comes later than this many usual steps after the last one has a gap
# before it; cameras of variable rate skip a frame or two.
_GAP_STEPS = 3.5


@dataclass(frozen=True)
class VideoSequence(Sequence):
    """One video file.

    Attributes:
        stored: read pixels as they lie in the file, instead of as players show them.
    """

    stored: bool = False

    def count_frames(self) -> int:
        """See base class; decodes the file, because containers miscount."""
        return self.contents().num_frames

    def fps(self) -> Fraction | None:
        """See base class."""
        return video_facts(Path(self.path)).fps

    def has_audio(self) -> bool:
        """See base class."""
        return video_facts(Path(self.path)).has_audio

    def contents(self) -> Contents:
        """See base class: cut where frames are damaged, missing or late."""
        times: list[float | None] = []
        damaged: list[int] = []
        interlaced = False
        for index, frame in enumerate(decode(Path(self.path))):
            times.append(frame.time)
            interlaced |= frame.interlaced
            if frame.damaged:
                damaged.append(index)
        if not times:
            raise InputError(f"{self.path}: no frame in it can be decoded")
        gaps = late_frames(times)
        problems = [
            self._problem(index, "the decoder could not read all of this frame", 1)
            for index in damaged
        ]
        problems += [
            BadClip.gap(
                *self._place(index), f"before this one, at {times[index]:.2f} s"
            )
            for index in gaps
        ]
        problems += self._promises(times)
        if interlaced:
            problems.append(
                self._problem(
                    0,
                    "interlaced: each frame holds two moments, seen as combs where "
                    "things move; deinterlace it first (ffmpeg -vf yadif)",
                )
            )
        runs = cut_runs(len(times), gaps, damaged)
        return Contents(
            len(times),
            runs,
            tuple(problems),
            gaps=tuple(gaps),
            damaged=tuple(damaged),
        )

    def _promises(self, times: ListOf[float | None]) -> list[BadClip]:
        """Compares the frames that the file promises with those that came."""
        promised = video_facts(Path(self.path)).num_frames
        if promised is None or promised <= len(times):
            return []
        lost = promised - len(times)
        reason = (
            f"the file promises {promised} frames, {len(times)} could be decoded: it "
            "is damaged, or was not copied whole"
        )
        return [self._problem(len(times) - 1, reason, lost)]

    def _problem(self, index: int, reason: str, num_frames: int = 0) -> BadClip:
        return BadClip(*self._place(index), reason, num_frames)

    def _place(self, index: int) -> tuple[str, str]:
        return self.path, f"{self.name}@{index:06d}"

    @contextlib.contextmanager
    def open(self) -> Iterator[SequenceReader]:
        """See base class."""
        reader = _VideoReader(Path(self.path), self.stored)
        try:
            yield reader
        finally:
            reader.close()


class _VideoReader(SequenceReader):
    """Walks forward through a video; going back starts it over."""

    def __init__(self, path: Path, stored: bool) -> None:
        self._path = path
        self._stored = stored
        self._frames = decode(path)
        self._next = 0

    def read(self, index: int) -> SourceFrame:
        if index < self._next:
            self.close()
            self._frames, self._next = decode(self._path), 0
        frame: DecodedFrame | None = None
        while self._next <= index:
            frame = next(self._frames, None)
            if frame is None:
                raise EndOfSequenceError(f"{self._path}: frame {index} is not there")
            self._next += 1
        assert frame is not None
        raw = RawFrame(image=frame.pixels(self._stored))
        return SourceFrame(raw, str(self._path), time=frame.time)

    def close(self) -> None:
        self._frames.close()


def late_frames(times: ListOf[float | None]) -> list[int]:
    """Returns the frames that others are missing before, by their times.

    Args:
        times: seconds at which frames are shown; None where unknown.

    Example:
        ```python
        >>> late_frames([0.0, 0.1, 0.2, 0.9, 1.0])
        [3]

        ```
    """
    steps = {
        index: after - before
        for index, (before, after) in enumerate(itertools.pairwise(times), 1)
        if before is not None and after is not None
    }
    usual = statistics.median(steps.values()) if steps else 0.0
    return [index for index, step in steps.items() if step > _GAP_STEPS * usual > 0]


def list_videos(
    paths: ListOf[Path], root: Path, config: Config
) -> Iterator[Sequence | BadClip]:
    """Lists video files as sequences, named by the file without its ending.

    Two files that differ in nothing but their ending keep it in their names.

    Args:
        paths: the files, sorted.
        root: path that the user named, for messages.
        config: configuration whose task draws conditions from frames alone.

    Raises:
        InputError: the task needs annotation that videos lack.
    """
    if not task_of(config).takes_videos(config):
        raise InputError(
            f"{root}: a video has no annotation, task {config.task} needs some: "
            "prepare folders of frames and annotation, or use --task edges, which "
            "draws its edges itself (conditioning.edges.source=canny)"
        )
    stems = Counter(path.stem for path in paths)
    # `a.mp4` is the name of a file, and could be that of `a.mp4.mov` without its end.
    stems.update(path.name for path in paths)
    stored = config.data.orientation == "stored"
    return iter(
        [
            VideoSequence(p.name if stems[p.stem] > 1 else p.stem, str(p), stored)
            for p in paths
        ]
    )
