"""Writes the retargeted clip in the folder layout that `prepare` reads."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.storage.runs import CONFIG_FILE
from v2v_tf.tasks.registry import task_of

Size = tuple[int, int]


def write_clip(
    folder: Path,
    name: str,
    stems: Sequence[str],
    points: np.ndarray,
    images: Sequence[Path],
    config: Config,
) -> None:
    """Writes points and pictures of a sequence, and the configuration to prepare it.

    Args:
        folder: folder to write.
        name: name of the sequence.
        stems: T names of frames.
        points: float64 [T, 137, 3] or [T, 68, 2], pixels of the pictures.
        images: T pictures, copied.
        config: configuration of the model; clips that stand still or are dark count as
            usable in what is written, as the pictures are not what is trained on.
    """
    form = task_of(config).points()
    assert form is not None  # checked before
    kind, suffix = form.folder, form.suffix
    points_folder = folder / f"train_{kind}" / name
    images_folder = folder / "train_img" / name
    points_folder.mkdir(parents=True)
    images_folder.mkdir(parents=True)
    for stem, frame, image in zip(stems, points, images, strict=True):
        path = points_folder / f"{stem}{suffix}"
        path.write_text(form.write(frame, config), encoding="utf-8")
        shutil.copyfile(image, images_folder / f"{stem}{image.suffix.lower()}")
    data = dataclasses.replace(config.data, min_flow=-1.0, max_black_fraction=2.0)
    text = configuration.to_yaml(dataclasses.replace(config, data=data))
    (folder / CONFIG_FILE).write_text(text, encoding="utf-8")


def count_outside(points: np.ndarray, stems: Sequence[str], size: Size) -> int:
    """Counts frames of which a point lies outside the picture; drawing moves it in.

    Args:
        points: float64 [T, N, C]; NaN where missing.
        stems: T names of frames, for messages.
        size: (height, width) of the pictures.

    Raises:
        InputError: a point is farther outside than the picture is wide or high,
            which no drawing takes.
    """
    extent = np.array(size[::-1])
    x_and_y = points[..., :2]
    far = ((x_and_y < -extent) | (x_and_y > 2 * extent)).any(axis=(1, 2))
    if far.any():
        raise InputError(
            f"frame {stems[int(np.argmax(far))]} of the result must lie near the "
            f"reference's picture of {size[1]}x{size[0]}, got points outside by more "
            "than its own size: give a source that moves less"
        )
    outside = (x_and_y < 0) | (x_and_y >= extent)
    return int(outside.any(axis=(1, 2)).sum())
