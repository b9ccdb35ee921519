"""Writes what was found in the layout that `prepare` reads, and a video to look at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from v2v_tf.config import Config
from v2v_tf.data.sources.base import Sequence as SourceSequence
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.points_over_time import is_detected
from v2v_tf.visualization.panels import panel
from v2v_tf.visualization.video import open_video, write_png

PREVIEW = "preview.mp4"
_PREVIEW_SIDE = 480


@dataclass(frozen=True)
class Shot:
    """Holds what is written of one shot.

    Attributes:
        name: name of the sequence that it becomes.
        start: its first frame in the source.
        names: name of each frame.
        points: float64 [T, N, C], as the task's points are; NaN where missing.
    """

    name: str
    start: int
    names: tuple[str, ...]
    points: np.ndarray


def write_shots(
    folder: Path,
    source: SourceSequence,
    shots: Sequence[Shot],
    form: PointFormat,
    config: Config,
    fps: Fraction,
) -> Iterator[None]:
    """Writes frames and points of shots, and the preview of all of them.

    Args:
        folder: root of the layout.
        source: sequence of the source.
        shots: its shots, in order; frames between them are left out.
        form: format of the points, from their task.
        config: configuration with this task.
        fps: frames per second of the preview.

    Yields:
        Once for each frame that is written.
    """
    preview = folder / "previews" / f"{source.name.replace('/', '_')}.mp4"
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(source.open())
        video = None
        for shot in shots:
            pictures = folder / "train_img" / shot.name
            conditions = folder / f"train_{form.folder}" / shot.name
            pictures.mkdir(parents=True)
            conditions.mkdir(parents=True)
            for index, name in enumerate(shot.names):
                image = reader.read(shot.start + index).raw.image
                assert image is not None  # sequences of pictures are listed
                points = shot.points[index]
                write_png(pictures / f"{name}.png", image)
                text = form.nobody
                if is_detected(points).any():
                    text = form.write(points, config)
                (conditions / f"{name}{form.suffix}").write_text(text, encoding="utf-8")
                tiles = _tiles(image, points, form)
                if video is None:
                    preview.parent.mkdir(parents=True, exist_ok=True)
                    video = stack.enter_context(open_video(preview, float(fps)))
                video(panel(tiles))
                yield


def _tiles(
    image: np.ndarray, points: np.ndarray, form: PointFormat
) -> dict[str, np.ndarray]:
    size = (image.shape[0], image.shape[1])
    drawn = np.zeros_like(image)
    if is_detected(points).any():
        drawn = form.draw(points, size)
    over = np.where(drawn.any(axis=-1, keepdims=True), drawn, image)
    return {"source": image, "conditions": drawn, "over the source": over}
