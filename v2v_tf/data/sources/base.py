"""Sources of frames: what `prepare` reads, whatever the layout on disk.

Sequences are small values that travel between processes; a reader holds one frame at a
time.
"""

from __future__ import annotations

import abc
import contextlib
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame

# What a gap means for training; videos go on across it.
_CUTS = ": clips end and begin here"
_REASONS_SHOWN = 5


@dataclass(frozen=True)
class SourceFrame:
    """Holds one frame of a sequence.

    Attributes:
        raw: values that the task needs, at the source's size.
        path: file it came from, for messages.
        flow_path: KITTI PNG of the flow to the frame before, where the source
            brings its own; None else and for the first frame.
        paths: file of each value of `raw`, by its name, where they are several.
        name: of the frame, as its files are called; empty without one.
        time: seconds at which a video shows it; None elsewhere.
        bridged: whether its points were drawn between those of other frames.
    """

    raw: RawFrame
    path: str
    flow_path: str | None = None
    paths: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    time: float | None = None
    bridged: bool = False

    def named(self, error: InputError) -> InputError:
        """Returns an error on this frame with the file that is at fault.

        Args:
            error: of reading or drawing the frame; it may say which value is at fault.
        """
        path = self.paths.get(error.field or "", self.path)
        return error if path in str(error) else InputError(f"{path}: {error}")


@dataclass(frozen=True)
class BadClip:
    """Describes input that was put aside: a line of `quarantine.jsonl`.

    Attributes:
        path: file or folder at fault.
        clip: id of the clip, or name of the sequence when all of it is bad.
        reason: what was expected and what came.
        num_frames: frames that are lost by it; None where nobody could count them.
    """

    path: str
    clip: str
    reason: str
    num_frames: int | None = None

    @classmethod
    def gap(cls, path: str, clip: str, where: str) -> BadClip:
        """Returns what is said of frames that are missing, which cut a sequence.

        Args:
            path: see the class.
            clip: see the class.
            where: place of the gap, such as `before this one`.
        """
        return cls(path, clip, f"frames are missing {where}{_CUTS}", 0)

    @property
    def noticed(self) -> str:
        """Returns the reason as it holds where nothing is cut."""
        return self.reason.removesuffix(_CUTS)


def count_reasons(reasons: Iterable[tuple[str, str]]) -> list[str]:
    """Returns a line for each reason, the most frequent first, and for the rest one.

    Args:
        reasons: reason and file, of each problem.

    Example:
        ```python
        >>> count_reasons([("too dark", "a.png"), ("too dark", "b.png")])
        ['2 x too dark: a.png']

        ```
    """
    # A reason may begin with its file, which ends the line.
    said = [(reason.removeprefix(f"{path}: "), path) for reason, path in reasons]
    counts = Counter(reason for reason, _ in said)
    first = dict(reversed(said))
    lines = [
        f"{count} x {reason}: {first[reason]}"
        for reason, count in counts.most_common(_REASONS_SHOWN)
    ]
    if len(counts) > _REASONS_SHOWN:
        lines.append(f"and {len(counts) - _REASONS_SHOWN} other reasons")
    return lines


@dataclass(frozen=True)
class Contents:
    """What a sequence holds.

    Attributes:
        num_frames: all of them, complete or not.
        runs: frames that follow each other without one missing between them, and have
            all that training needs.
        problems: what is missing, each with the frame or the gap that it makes.
        names: of the frames, as their files are called; empty where frames have none.
        gaps: frames before which others are missing.
        damaged: frames of which a part is missing.
    """

    num_frames: int
    runs: tuple[range, ...]
    problems: tuple[BadClip, ...] = ()
    names: tuple[str, ...] = ()
    gaps: tuple[int, ...] = ()
    damaged: tuple[int, ...] = ()


class EndOfSequenceError(InputError):
    """There is no frame of that number: the sequence has ended."""


class SequenceReader(abc.ABC):
    """Reads frames of one sequence; cheap when indices only grow."""

    @abc.abstractmethod
    def read(self, index: int) -> SourceFrame:
        """Reads one frame.

        Args:
            index: 0 .. number of frames - 1.

        Raises:
            EndOfSequenceError: there are not so many frames.
            InputError: the frame cannot be read; it names the file.
        """

    def frames(self) -> Iterator[SourceFrame]:
        """Reads all frames, one after the other, without counting them first.

        Raises:
            InputError: as of `read`.
        """
        for index in itertools.count():
            try:
                frame = self.read(index)
            except EndOfSequenceError:
                return
            yield frame

    def value(self, index: int, field: str) -> Any:
        """Reads one value of a frame, by its name in a `RawFrame`; None if missing."""
        return self.read(index).raw.get(field)


@dataclass(frozen=True)
class Sequence(abc.ABC):
    """Names one sequence of frames, not yet read.

    Attributes:
        name: unique in its source.
        path: folder or file of the sequence's frames, for messages.
    """

    name: str
    path: str

    @abc.abstractmethod
    def count_frames(self) -> int:
        """Returns the number of frames.

        Raises:
            InputError: the sequence cannot be used, as when counts differ.
        """

    def fps(self) -> Fraction | None:
        """Returns frames per second; None where nothing says so."""
        return None

    def has_audio(self) -> bool:
        """Returns whether the file at `path` has sound that goes with the frames."""
        return False

    def files(self) -> Iterator[tuple[str, Path]]:
        """Lists the files that the sequence is read from, in a fixed order.

        Yields:
            A name that is the same wherever the source lies, and the file.
        """
        path = Path(self.path)
        yield path.name, path

    def contents(self) -> Contents:
        """Returns what the sequence holds; without gaps if its class knows of none.

        Raises:
            InputError: as of `count_frames`.
        """
        num_frames = self.count_frames()
        return Contents(num_frames, (range(num_frames),))

    @abc.abstractmethod
    def open(self) -> contextlib.AbstractContextManager[SequenceReader]:
        """Returns a reader, to be closed by `with`.

        Raises:
            InputError: the sequence cannot be opened.
        """
