"""Writes the folder of an evaluation: videos to play in sync, and numbers."""

from __future__ import annotations

import contextlib
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf.apps.evaluation import tables
from v2v_tf.apps.evaluation.gathering import Summary
from v2v_tf.storage.files import write_text
from v2v_tf.visualization.sheets import contact_sheet
from v2v_tf.visualization.video import open_video, write_png

COMPARISON_FILE = "comparison.json"
TABLE_FILE = "comparison.md"
METRICS_FILE = "metrics.json"
_MOMENTS = 5


class Output:
    """Writes a folder clip by clip.

    Args:
        folder: folder to write; the caller makes it appear whole.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._clips: list[dict[str, Any]] = []

    def add(
        self,
        clip_id: str,
        start: int,
        pictures: Mapping[str, np.ndarray | None],
        fps: float,
    ) -> None:
        """Writes the videos of one clip, and a sheet of moments.

        Args:
            clip_id: name of the clip.
            start: number of the first frame.
            pictures: method to uint8 [F, H, W, 3], the real clip among them.
            fps: frames per second of its videos.
        """
        shown = {name: p for name, p in pictures.items() if p is not None}
        length = len(next(iter(shown.values())))
        with self.clip(clip_id, start, list(shown), length, fps) as append:
            for time in range(length):
                append({name: frames[time] for name, frames in shown.items()})

    @contextlib.contextmanager
    def clip(
        self, clip_id: str, start: int, methods: Sequence[str], length: int, fps: float
    ) -> Iterator[Callable[[Mapping[str, np.ndarray]], None]]:
        """Writes one clip frame by frame; arguments as of `add`.

        Args:
            clip_id: name of the clip.
            start: number of the first frame.
            methods: names of the methods, the real clip among them.
            length: number of frames that will come.
            fps: frames per second of its videos.

        Yields:
            A function that appends a frame of each method, uint8 [H, W, 3].
        """
        videos = {name: f"{clip_id}.{name}.mp4" for name in methods}
        chosen = np.unique(np.linspace(0, length - 1, _MOMENTS).astype(int))
        moments: dict[str, list[np.ndarray]] = {name: [] for name in methods}
        times = itertools.count()
        with contextlib.ExitStack() as stack:
            writers = {
                name: stack.enter_context(open_video(self.folder / file, fps))
                for name, file in videos.items()
            }

            def append(frames: Mapping[str, np.ndarray]) -> None:
                is_chosen = next(times) in chosen
                for name, write in writers.items():
                    write(frames[name])
                    if is_chosen:
                        moments[name].append(frames[name])

            yield append
        sheet = contact_sheet(
            {name: np.stack(frames) for name, frames in moments.items()},
            [f"frame {start + index}" for index in chosen],
        )
        write_png(self.folder / f"{clip_id}.png", sheet)
        self._clips.append({"clip_id": clip_id, "fps": fps, "videos": videos})

    def finish(self, summary: Summary, title: str, facts: Mapping[str, Any]) -> None:
        """Writes the numbers.

        Args:
            summary: metrics of all clips.
            title: title of the Markdown page.
            facts: entries of `metrics.json` on what was evaluated.
        """
        comparison = {
            "fps": self._clips[0]["fps"],
            "methods": [tables.REAL, *summary.mean],
            "clips": self._clips,
            "table": tables.as_json(summary),
        }
        numbers = {
            **facts,
            "mean": summary.mean,
            "clips": summary.clips,
            "notes": summary.notes,
            "networks": summary.networks,
        }
        self._write(METRICS_FILE, _finite(numbers))
        self._write(COMPARISON_FILE, comparison)
        write_text(self.folder / TABLE_FILE, tables.as_markdown(summary, title))

    def _write(self, name: str, values: Mapping[str, Any]) -> None:
        # JSON has no infinity, and the page's reader would refuse the file.
        text = json.dumps(values, indent=1, allow_nan=False)
        write_text(self.folder / name, text)


def _finite(value: Any) -> Any:
    """Returns nested values with null for numbers that are not finite."""
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
