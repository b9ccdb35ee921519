"""Points of a sequence, of any source that `generate` takes, pictures optional."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf.config import Config
from v2v_tf.data.input.stream import SequenceChoice
from v2v_tf.data.sources.base import SequenceReader, SourceFrame
from v2v_tf.errors import InputError
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.points_over_time import is_detected
from v2v_tf.tasks.registry import task_of

Size = tuple[int, int]
# Of a source without pictures, whose size nobody knows.
_ANY_SIZE = (2**20, 2**20)
_MARGIN = 1.05


@dataclass(frozen=True)
class PointClip:
    """Holds the points of one sequence.

    Attributes:
        name: name of the sequence.
        path: folder of its points, for messages.
        stems: names of its frames, without endings.
        points: float64 [T, 137, 3] (`people`) or [T, 68, 2]; NaN where missing.
        size: (height, width) of its frames; a box around all points where there are
            no pictures.
        images: picture of each frame; None where it has none.
    """

    name: str
    path: Path
    stems: tuple[str, ...]
    points: np.ndarray
    size: Size
    images: tuple[Path | None, ...]

    def pictures(self) -> list[Path]:
        """Returns the pictures of a clip that has one for every frame."""
        return [path for path in self.images if path is not None]

    def with_pictures(self) -> PointClip:
        """Returns the frames that have a picture, and no others."""
        kept = [index for index, path in enumerate(self.images) if path is not None]
        return dataclasses.replace(
            self,
            stems=tuple(self.stems[index] for index in kept),
            points=self.points[kept],
            images=tuple(self.images[index] for index in kept),
        )


@dataclass(frozen=True)
class _Frame:
    name: str
    value: Any
    size: Size | None
    image: Path | None


def read_clip(choice: SequenceChoice, config: Config, option: str) -> PointClip:
    """Reads the points of a sequence, by the reader of all sources.

    Args:
        choice: the source, with or without pictures, and the name of its sequence.
        config: the task, one that has points.
        option: command-line option that names the sequence, for messages.

    Raises:
        InputError: no such sequence, frames that cannot be read, pictures of several
            sizes, or points in none of the frames.
    """
    form = task_of(config).points()
    assert form is not None  # checked before
    sequence = choice.find(config, option)
    with sequence.open() as reader:
        frames = _read(reader, form, config)
    size = next((frame.size for frame in frames if frame.size), None)
    points = form.points_of(
        [frame.value for frame in frames], size or _ANY_SIZE, config
    )
    if not is_detected(points).any():
        raise InputError(
            f"{sequence.path}: expected {config.task} points, got none in it"
        )
    return PointClip(
        sequence.name,
        Path(sequence.path),
        tuple(frame.name for frame in frames),
        points,
        size or _size_around(points),
        tuple(frame.image for frame in frames),
    )


def _read(reader: SequenceReader, form: PointFormat, config: Config) -> list[_Frame]:
    """Reads all frames, and keeps of their pictures the path and the size."""
    frames: list[_Frame] = []
    first: SourceFrame | None = None
    for number, source in enumerate(reader.frames()):
        image, value = source.paths.get("image"), source.raw.get(form.field)
        size = source.raw.size if image else None
        if size is not None:
            first = first or source
            if size != first.raw.size:
                raise InputError(
                    f"{image}: expected the size of {first.paths['image']}, "
                    f"{_text(first.raw.size)}, got {_text(size)}"
                )
        try:
            form.points_of([value], size or _ANY_SIZE, config)
        except InputError as error:
            raise source.named(error) from error
        name = source.name or f"{number:06d}"
        frames.append(_Frame(name, value, size, Path(image) if image else None))
    return frames


def _text(size: Size | None) -> str:
    return "x".join(map(str, reversed(size or ())))


def _size_around(points: np.ndarray) -> Size:
    """Returns the size of a picture that all points of a clip lie in."""
    width, height = points[is_detected(points)][:, :2].max(axis=0) * _MARGIN
    return max(int(height), 1), max(int(width), 1)
