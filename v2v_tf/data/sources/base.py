"""Sources of frames: what `prepare` reads, whatever the layout on disk.

`list_sequences` finds the layout: the original's folders (`source_folders.py`),
Cityscapes (`source_cityscapes.py`) or video files (`source_video.py`). Sequences are
small values that travel between processes; a reader holds one frame at a time.
"""

from __future__ import annotations

import abc
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame


@dataclass(frozen=True)
class SourceFrame:
    """One frame of a sequence.

    Attributes:
        raw: what the task needs, at the source's size.
        path: file it came from, for messages.
        flow_path: KITTI PNG of the flow to the frame before, where the source
            brings its own; None else and for the first frame.
    """

    raw: RawFrame
    path: str
    flow_path: str | None = None


@dataclass(frozen=True)
class BadClip:
    """Input that was put aside: a line of `quarantine.jsonl`.

    Attributes:
        path: file or folder at fault.
        clip: id of the clip, or name of the sequence when all of it is bad.
        reason: what was expected and what came.
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
    """One sequence of frames, not yet read.

    Attributes:
        name: unique in its source.
        path: of the sequence's frames, for messages.
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


def list_sequences(path: str | Path, config: Config) -> Iterator[Sequence | BadClip]:
    """Lists the sequences of a source, sorted by name, and what is unusable.

    Args:
        path: root of the original's layout or of Cityscapes, a video file, or a
            folder of video files.
        config: the task and its conditioning say which files are needed.

    Returns:
        An iterator over sequences, and over bad ones with the reason.

    Raises:
        InputError: nothing there, or a layout the task cannot use; it says which
            layout is expected.
    """
    # Imported here: these modules build on the classes above.
    from v2v_tf.data.sources import cityscapes as source_cityscapes
    from v2v_tf.data.sources import folders as source_folders
    from v2v_tf.data.sources import video as source_video

    root = Path(path)
    if not root.exists():
        raise InputError(f"no source at {root}: name an existing folder or video file")
    if root.is_file():
        return source_video.list_videos([root], root, config)
    if source_cityscapes.is_cityscapes(root):
        return source_cityscapes.list_snippets(root, config)
    if source_folders.has_layout(root, config):
        return source_folders.list_folders(root, config)
    videos = source_video.find_videos(root)
    if videos:
        return source_video.list_videos(videos, root, config)
    raise InputError(
        f"{root} holds no sequences for task {config.task}: expected "
        f"{source_folders.describe_layout(config)}"
    )
