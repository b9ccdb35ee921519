"""Generates one scene in several styles, side by side, with numbers (`styles show`).

Diversity: how differently the styles paint the same instances. Drift: how far instances
wander, within a style, from the colour that they were first shown in. Spread: how far
apart the colours of the instances of one video are; a model that knows one look for
everything paints all cars alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import moments_sheet
from v2v_tf.inference.job import ClipSelection, Destination, Job, write_json
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.metrics.instances import (
    MIN_PIXELS,
    color_drift,
    color_spread,
    style_diversity,
)
from v2v_tf.metrics.summary import mean_of
from v2v_tf.storage import runs
from v2v_tf.tasks.pictures import colorize_conditions
from v2v_tf.tasks.registry import task_of
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.video import write_png, write_video

NUMBERS_FILE = "styles.json"
_ONE_STYLE = "without styles"


@dataclass(frozen=True)
class StyleSeries:
    """Says which styles are shown side by side.

    Attributes:
        count: styles, 2 or more; their seeds are `seed`, `seed + 1`, ...
        seed: seed of the first style.
    """

    count: int = 3
    seed: int = 0


def show_styles(
    run_dir: str | Path,
    clips: ClipSelection,
    destination: Destination,
    styles: StyleSeries | None = None,
    baseline: str | Path | None = None,
) -> dict[str, float]:
    """Generates clips in several styles.

    Args:
        run_dir: run of a model with styles, fitted.
        clips: the records to generate, with instances.
        destination: folder of `CLIP.mp4` and `CLIP.png` for each clip, and
            `styles.json`.
        styles: styles to generate each clip in; None for the default ones.
        baseline: run of a model without styles, for a tile and numbers of its own.

    Returns:
        Mean over clips of `diversity`, `drift`, `spread`, those of the real clip
        (`_real`), and of the model without styles (`_baseline`), all in [0, 1].

    Raises:
        InputError: no model with styles, no mixtures, no records, a used output.
    """
    run_dir, styles = Path(run_dir), styles or StyleSeries()
    read = (run_dir, clips.data_dir)
    job = Job(
        "result of styles show",
        (NUMBERS_FILE,),
        destination,
        read if baseline is None else (*read, baseline),
    )
    job.check()
    if styles.count < 2 or (clips.most is not None and clips.most < 1):
        raise InputError(
            f"expected 2 styles or more of 1 clip or more, got {styles.count} of "
            f"{clips.most}"
        )
    shown = _tables(run_dir, styles.count, styles.seed)
    plain = None
    if baseline is not None:
        runs.load_config(Path(baseline), needs="makes_video")
        plain = Synthesizer.load(baseline)
    chosen = clips.read(shown.config, shown.history + 1)
    numbers: dict[str, dict[str, float]] = {}
    with job.making() as working:
        for clip in chosen:
            name = clip.clip_id
            tiles, numbers[name] = shown.clip(clip, plain)
            path, fps = working / f"{name}.mp4", destination.rate(clip.fps)
            write_video(path, panel_video(tiles), fps)
            sheet = moments_sheet(tiles, shown.history)
            write_png(working / f"{name}.png", sheet)
        mean = mean_of(list(numbers.values()))
        write_json(working / NUMBERS_FILE, {"mean": mean, "clips": numbers})
    return mean


class _Styles:
    """Holds a model and the tables to show it with."""

    def __init__(self, synthesizer: Synthesizer, tables: dict[str, np.ndarray]) -> None:
        self.config = synthesizer.config
        self.history = synthesizer.history
        self._synthesizer = synthesizer
        self._tables = tables

    def clip(
        self, clip: Clip, plain: Synthesizer | None
    ) -> tuple[dict[str, np.ndarray | None], dict[str, float]]:
        """Returns the tiles of a clip, and its numbers."""
        rest = clip.after(self.history)
        real, instances = rest.require("frames"), rest.require("instances")
        videos = {}
        for name, table in self._tables.items():
            self._synthesizer.styles = table
            videos[name] = self._synthesizer.rollout(clip).fake_frames
        tiles: dict[str, np.ndarray | None] = {
            "labels": colorize_conditions(rest.conditions, self.config),
            "real": real,
            **videos,
        }
        numbers = self._measure(list(videos.values()), real, instances)
        if plain is not None:
            painted = plain.rollout(clip).fake_frames
            tiles[_ONE_STYLE] = painted
            of_plain = self._measure([painted], real, instances)
            for name in ("drift", "spread"):
                numbers[f"{name}_baseline"] = of_plain[name]
        return tiles, {k: v for k, v in numbers.items() if not math.isnan(v)}

    def _measure(
        self, videos: list[np.ndarray], real: np.ndarray, instances: np.ndarray
    ) -> dict[str, float]:
        first = task_of(self.config).first_instance
        rule = (instances, MIN_PIXELS, first)
        return {
            "diversity": style_diversity(videos, *rule),
            "drift": float(np.mean([color_drift(v, *rule) for v in videos])),
            "drift_real": color_drift(real, *rule),
            "spread": float(np.mean([color_spread(v, *rule) for v in videos])),
            "spread_real": color_spread(real, *rule),
        }


def _tables(run_dir: Path, count: int, seed: int) -> _Styles:
    synthesizer = Synthesizer.load(run_dir)
    painter, config = synthesizer.painter, synthesizer.config
    if painter is None:
        raise InputError(
            f"{run_dir} is the run of a model without styles: train one with "
            "style.num_features above 0"
        )
    tables = {}
    for number in range(seed, seed + count):
        table = StyleChoice("sample", seed=number).table(run_dir, config, painter)
        assert table is not None
        tables[f"style {number}"] = table
    return _Styles(synthesizer, tables)
