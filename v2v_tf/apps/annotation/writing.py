"""Writes what was found in the layout that `prepare` reads, and a video to look at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from v2v_tf.apps.annotation.conditions import FrameConditions, Pictures, Points
from v2v_tf.apps.annotation.findings import Found
from v2v_tf.data.sources.base import Sequence as SourceSequence
from v2v_tf.data.sources.base import SequenceReader
from v2v_tf.visualization.panels import panel
from v2v_tf.visualization.video import open_video, write_png


@dataclass(frozen=True)
class Shot:
    """Holds what is written of one shot.

    Attributes:
        name: name of the sequence that it becomes.
        start: its first frame in the source.
        names: name of each frame.
        people: who was followed, in each frame; None where nobody was found.
    """

    name: str
    start: int
    names: tuple[str, ...]
    people: tuple[Found | None, ...]


def write_shots(
    folder: Path,
    source: SourceSequence,
    shots: Sequence[Shot],
    form: Points | Pictures,
    fps: Fraction,
    frames: str = "img",
) -> Iterator[None]:
    """Writes frames and conditions of shots, and the preview of all of them.

    Args:
        folder: root of the layout.
        source: sequence of the source.
        shots: its shots, in order; frames between them are left out.
        form: turns what was found into files.
        fps: frames per second.
        frames: folder of the frames, without the phase.

    Yields:
        Once for each frame that is written.
    """
    preview = folder / "previews" / f"{source.name.replace('/', '_')}.mp4"
    with contextlib.ExitStack() as stack:
        reader = stack.enter_context(source.open())
        video = None
        for shot in shots:
            images = _images(reader, shot)
            conditions = form.of_shot(shot.people, images, float(fps))
            for name, frame in zip(shot.names, conditions, strict=True):
                picture = folder / f"train_{frames}" / shot.name / f"{name}.png"
                write_png(picture, frame.image)
                for (kind, suffix), contents in frame.files.items():
                    path = folder / f"train_{kind}" / shot.name / f"{name}{suffix}"
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(contents)
                if video is None:
                    preview.parent.mkdir(parents=True, exist_ok=True)
                    video = stack.enter_context(open_video(preview, float(fps)))
                video(panel(_tiles(frame)))
                yield


def _images(reader: SequenceReader, shot: Shot) -> Iterator[np.ndarray]:
    for index in range(shot.start, shot.start + len(shot.names)):
        image = reader.read(index).raw.image
        assert image is not None  # sequences of pictures are listed
        yield image


def _tiles(frame: FrameConditions) -> dict[str, np.ndarray]:
    return {
        "source": frame.image,
        "conditions": frame.drawn,
        "over the source": frame.over,
    }
