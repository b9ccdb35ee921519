"""A run of consecutive labelled frames of Cityscapes."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from v2v_tf.data.sources.base import (
    BadClip,
    Contents,
    EndOfSequenceError,
    Sequence,
    SequenceReader,
    SourceFrame,
)
from v2v_tf.data.sources.pairing import cut_runs
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.base import RawFrame

LABEL_ENDING = "_gtFine_labelIds"
IMAGE_ENDING = "_leftImg8bit"


@dataclass(frozen=True)
class FrameFiles:
    """Names the files of one labelled frame.

    Attributes:
        image: the frame; None where none is there, nor needed.
        label: its label map.
        instance: its instance map; None where not used.
    """

    image: str | None
    label: str
    instance: str | None


@dataclass(frozen=True)
class SnippetSequence(Sequence):
    """Reads a run of consecutive labelled frames.

    Attributes:
        frames: its files.
        labels: reads a label map.
        lonely: why it cannot be trained on, of a single frame; empty else.
        gaps: frames before which others are missing.
        problems: what is said of it.
    """

    frames: tuple[FrameFiles, ...]
    labels: Callable[[Path], Any] = source_files.read_ids
    lonely: str = ""
    gaps: tuple[int, ...] = ()
    problems: tuple[BadClip, ...] = ()

    def count_frames(self) -> int:
        """See base class."""
        return len(self.frames)

    def contents(self) -> Contents:
        """See base class."""
        num_frames = len(self.frames)
        if not self.lonely:
            runs = cut_runs(num_frames, self.gaps, ())
            return Contents(num_frames, runs, self.problems, gaps=self.gaps)
        bad = BadClip(self.path, self.name, self.lonely, num_frames)
        return Contents(num_frames, (), (bad, *self.problems))

    def files(self) -> Iterator[tuple[str, Path]]:
        """See base class."""
        for frame in self.frames:
            for file in (frame.image, frame.label, frame.instance):
                if file is not None:
                    yield Path(file).name, Path(file)

    @contextlib.contextmanager
    def open(self) -> Iterator[SequenceReader]:
        """See base class."""
        yield _SnippetReader(self.frames, self.labels)


class _SnippetReader(SequenceReader):
    def __init__(
        self, frames: tuple[FrameFiles, ...], labels: Callable[[Path], Any]
    ) -> None:
        self._frames = frames
        self._labels = labels

    def read(self, index: int) -> SourceFrame:
        if index >= len(self._frames):
            raise EndOfSequenceError(f"there are {len(self._frames)} frames")
        files = self._frames[index]
        instances = None
        if files.instance is not None:
            instances = source_files.read_ids(Path(files.instance))
        image = Path(files.image or files.label)
        raw = RawFrame(
            image=None if files.image is None else source_files.read_rgb(image),
            label_map=self._labels(Path(files.label)),
            instance_map=instances,
        )
        paths = {"image": str(image), "label_map": files.label}
        if files.instance is not None:
            paths["instance_map"] = files.instance
        # Without a picture, the name that it would have.
        name = image.stem.replace(LABEL_ENDING, IMAGE_ENDING)
        return SourceFrame(raw, str(image), None, paths, name)
