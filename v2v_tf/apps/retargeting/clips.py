"""Clips of points in the folder layout that `prepare` reads, pictures optional."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2v_tf.config import Config
from v2v_tf.data.sources.folders import PHASES
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
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
        images: the pictures, one a frame, or none.
    """

    name: str
    path: Path
    stems: tuple[str, ...]
    points: np.ndarray
    size: Size
    images: tuple[Path, ...]


def read_clip(
    root: str | Path, config: Config, sequence: str | None, option: str
) -> PointClip:
    """Reads the points of a sequence.

    Args:
        root: holds `train_openpose/` or `train_keypoints/` (or `test_*`), and
            `train_img/` where there are pictures; or the files of points of one
            sequence, as `generate` takes them.
        config: the task, pose or face.
        sequence: name of the sequence; needed where the source has several.
        option: the command-line option that names the sequence, for messages.

    Raises:
        InputError: no such sequence, frames that cannot be read, pictures that are
            not one a frame, or points in none of the frames.
    """
    form = task_of(config).points()
    assert form is not None  # checked before
    folder = _find(Path(root), form, sequence, option)
    files = source_files.list_files(folder, form.suffixes)
    if not files:
        wanted = " or ".join(sorted(form.suffixes))
        raise InputError(f"{folder}: expected a {wanted} file a frame, got none")
    phase = folder.parent.name.removesuffix(form.folder)
    pictures = Path(root) / f"{phase}img" / folder.name
    images: list[Path] = []
    size = None
    if pictures.is_dir():
        images = source_files.list_files(pictures, source_files.IMAGE_SUFFIXES)
        if len(images) != len(files):
            raise InputError(
                f"{pictures}: expected a picture for each of {len(files)} frames in "
                f"{folder}, got {len(images)}"
            )
        height, width = source_files.read_rgb(images[0]).shape[:2]
        size = (height, width)
    points = form.read(files, size or _ANY_SIZE, config)
    if not is_detected(points).any():
        raise InputError(f"{folder}: expected {config.task} points, got none in it")
    return PointClip(
        folder.name,
        folder,
        tuple(file.stem for file in files),
        points,
        size or _size_around(points),
        tuple(images),
    )


def _find(root: Path, form: PointFormat, sequence: str | None, option: str) -> Path:
    """Returns the folder of a sequence's points."""
    kind = form.folder
    parents = [root / f"{phase}_{kind}" for phase in PHASES]
    parent = next((folder for folder in parents if folder.is_dir()), None)
    if parent is None:
        if root.is_dir() and source_files.list_files(root, form.suffixes):
            if sequence in (None, root.absolute().name):
                return root.absolute()
            raise InputError(
                f"{root} holds the frames of one sequence: leave {option} out"
            )
        raise InputError(
            f"{root}: expected train_{kind}/<sequence>/ (or test_{kind}), or the files "
            "of one sequence, got neither: see the layout that prepare takes"
        )
    found = {folder.name: folder for folder in source_files.list_folders(parent)}
    if sequence is None and len(found) == 1:
        return next(iter(found.values()))
    if sequence in found:
        return found[sequence]
    names = ", ".join(found) or "none"
    if sequence is None:
        raise InputError(f"{parent}: name one of its sequences with {option}: {names}")
    raise InputError(f"{parent} holds no sequence '{sequence}': there are {names}")


def _size_around(points: np.ndarray) -> Size:
    """Returns the size of a picture that all points of a clip lie in."""
    width, height = points[is_detected(points)][:, :2].max(axis=0) * _MARGIN
    return max(int(height), 1), max(int(width), 1)
