"""What became of the sequences of a source, and how near they are to real frames."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.apps.generation.facts import read_facts
from v2v_tf.apps.generation.recording import FRAMES_FILE

_MEASURED = ("psnr", "ssim")


@dataclass(frozen=True)
class GeneratedVideo:
    """What became of one sequence.

    Attributes:
        name: name of the sequence.
        folder: folder of its frames and video.
        num_frames: frames of the video.
        num_held: frames that repeat the one before, because points show nobody.
        num_measured: generated frames that have a real one to be measured by.
        metrics: means over those, by name; empty without any.
    """

    name: str
    folder: Path
    num_frames: int
    num_held: int
    num_measured: int
    metrics: dict[str, float]


def read_generated(name: str, folder: Path) -> GeneratedVideo:
    """Reads what a finished video says of its frames.

    Args:
        name: name of the sequence.
        folder: folder of its frames and video.
    """
    counts: Counter[str] = Counter()
    sums: Counter[str] = Counter()
    for frame in read_facts(folder / FRAMES_FILE):
        counts["frames"] += 1
        counts[frame["origin"]] += 1
        for key in _MEASURED:
            if key in frame:
                counts[key] += 1
                sums[key] += frame[key]
    return GeneratedVideo(
        name,
        folder,
        counts["frames"],
        counts["held"],
        counts[_MEASURED[0]],
        {key: sums[key] / counts[key] for key in _MEASURED if counts[key]},
    )


def write_metrics(path: Path, videos: Iterable[GeneratedVideo]) -> None:
    """Writes the number of frames and the metrics of each video.

    Args:
        path: JSON file to write.
        videos: videos of one generation.
    """
    values = {
        video.name: {
            "num_frames": video.num_frames,
            "num_held": video.num_held,
            "num_measured": video.num_measured,
            **video.metrics,
        }
        for video in videos
    }
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")
