"""Sources of frames: what `prepare` reads, whatever the layout on disk.

Sequences are small values that travel between processes; a reader holds one frame at a
time.
"""

from __future__ import annotations

import abc
import contextlib
from dataclasses import dataclass

from v2v_tf.tasks.base import RawFrame


@dataclass(frozen=True)
class SourceFrame:
    """Holds one frame of a sequence.

    Attributes:
        raw: values that the task needs, at the source's size.
        path: file it came from, for messages.
        flow_path: KITTI PNG of the flow to the frame before, where the source
            brings its own; None else and for the first frame.
    """

    raw: RawFrame
    path: str
    flow_path: str | None = None


@dataclass(frozen=True)
class BadClip:
    """Describes input that was put aside: a line of `quarantine.jsonl`.

    Attributes:
        path: file or folder at fault.
        clip: id of the clip, or name of the sequence when all of it is bad.
        reason: message: what was expected and what came.
    """

    path: str
    clip: str
    reason: str


class SequenceReader(abc.ABC):
    """Reads frames of one sequence; cheap when indices only grow."""

    @abc.abstractmethod
    def read(self, index: int) -> SourceFrame:
        """Reads one frame.

        Args:
            index: 0 .. number of frames - 1.

        Raises:
            InputError: the frame cannot be read; it names the file.
        """


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

    @abc.abstractmethod
    def open(self) -> contextlib.AbstractContextManager[SequenceReader]:
        """Returns a reader, to be closed by `with`.

        Raises:
            InputError: the sequence cannot be opened.
        """
