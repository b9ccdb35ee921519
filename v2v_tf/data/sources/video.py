"""Reads video files, any that OpenCV opens, from front to back."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator
from collections.abc import Sequence as ListOf
from dataclasses import dataclass
from pathlib import Path

import cv2

from v2v_tf.config import Config
from v2v_tf.data.sources.base import BadClip, Sequence, SequenceReader, SourceFrame
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.base import RawFrame
from v2v_tf.tasks.registry import task_of

VIDEO_SUFFIXES = frozenset(
    {".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv", ".gif"}
)


@dataclass(frozen=True)
class VideoSequence(Sequence):
    """Reads the frames of one video file."""

    def count_frames(self) -> int:
        """See base class; decodes the file, because containers miscount."""
        with _capture(self.path) as capture:
            count = 0
            while capture.grab():
                count += 1
        if count == 0:
            raise InputError(f"{self.path}: no frame in it can be decoded")
        return count

    @contextlib.contextmanager
    def open(self) -> Iterator[SequenceReader]:
        """See base class."""
        with contextlib.closing(_VideoReader(self.path)) as reader:
            yield reader


class _VideoReader(SequenceReader):
    """Walks forward through a video; going back starts it over."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._capture = _open(path)
        self._next = 0

    def read(self, index: int) -> SourceFrame:
        if index < self._next:
            self.close()
            self._capture, self._next = _open(self._path), 0
        while self._next < index and self._capture.grab():
            self._next += 1
        decoded, image = self._capture.read()
        if not decoded:
            raise InputError(f"{self._path}: frame {index} cannot be decoded")
        self._next += 1
        rgb = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        return SourceFrame(RawFrame(image=rgb), self._path)

    def close(self) -> None:
        self._capture.release()


def find_videos(folder: Path) -> list[Path]:
    """Returns the video files of a folder, by suffix, sorted."""
    return source_files.list_files(folder, VIDEO_SUFFIXES)


def list_videos(
    paths: ListOf[Path], root: Path, config: Config
) -> Iterator[Sequence | BadClip]:
    """Lists video files as sequences, named by the file without its suffix.

    Two files that differ in nothing but their suffix keep it in their names.

    Args:
        paths: the files, sorted.
        root: path that the user named, for messages.
        config: configuration whose task draws conditions from frames alone.

    Raises:
        InputError: the task needs annotation that videos lack.
    """
    if not task_of(config).draws_from_frames:
        raise InputError(
            f"{root}: a video has no annotation, task {config.task} needs some: "
            "prepare folders of frames and annotation, or use --task edges"
        )
    stems = Counter(path.stem for path in paths)
    return iter(
        [VideoSequence(p.name if stems[p.stem] > 1 else p.stem, str(p)) for p in paths]
    )


@contextlib.contextmanager
def _capture(path: str) -> Iterator[cv2.VideoCapture]:
    capture = _open(path)
    try:
        yield capture
    finally:
        capture.release()


def _open(path: str) -> cv2.VideoCapture:
    # OpenCV would start looking for image sequences or cameras in an odd name.
    size = Path(path).stat().st_size if Path(path).is_file() else 0
    capture = cv2.VideoCapture(path, cv2.CAP_FFMPEG) if size else None
    if capture is None or not capture.isOpened():
        raise InputError(f"{path}: not a readable video ({size} bytes)")
    return capture
