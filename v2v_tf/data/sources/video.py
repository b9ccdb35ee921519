"""Video files as sources: whatever FFmpeg reads, from front to back."""

from __future__ import annotations

import contextlib
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
from v2v_tf.data.sources.video_contents import video_contents
from v2v_tf.data.sources.video_decoding import DecodedFrame, decode
from v2v_tf.data.sources.video_file import video_facts
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.registry import task_of


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
        return video_contents(Path(self.path), self.name)

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
            f"{root}: a video has no annotation, task {config.task} needs some: find "
            f"it by v2v-tf annotate --task {config.task} --source {root} --output DIR, "
            "and name that folder; only --task edges draws its own of a video "
            "(conditioning.edges.source=canny)"
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
