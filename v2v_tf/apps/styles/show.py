"""`styles show`: one scene in several styles, side by side, and numbers for it.

Diversity: how differently the styles paint the same things. Drift: how far things
wander, within a style, from the colour that they were first shown in. Spread: how far
apart the colours of the things of one video are; a model that knows one look for
everything paints all cars alike.
"""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import numpy as np
from tqdm import tqdm

from v2v_tf.data.clips import Clip
from v2v_tf.data.input.dataset import count_clips, read_clips
from v2v_tf.errors import InputError
from v2v_tf.inference.generation import moments_sheet
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.metrics.instances import (
    FIRST_THING,
    MIN_PIXELS,
    color_drift,
    color_spread,
    style_diversity,
)
from v2v_tf.metrics.summary import mean_of
from v2v_tf.storage import runs
from v2v_tf.storage.folders import making, require_replaceable
from v2v_tf.tasks.pictures import colorize_conditions
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.video import write_png, write_video

NUMBERS_FILE = "styles.json"
_ONE_STYLE = "without styles"


def show_styles(
    run_dir: str | Path,
    data_dir: str | Path,
    output: str | Path,
    *,
    split: str = "eval",
    count: int = 3,
    seed: int = 0,
    max_clips: int = 4,
    baseline: str | Path | None = None,
    fps: float = 12.0,
    overwrite: bool = False,
) -> dict[str, float]:
    """Generates clips in several styles.

    Args:
        run_dir: of a model with styles, fitted.
        data_dir: clip records with instances.
        output: folder to write: for each clip `CLIP.mp4` and `CLIP.png`, and
            `styles.json`.
        split: of the records.
        count: of styles; their seeds are `seed`, `seed + 1`, ...
        seed: of the first.
        max_clips: the first so many.
        baseline: run of a model without styles, for a tile and numbers of its own.
        fps: of the videos.
        overwrite: replace an earlier result.

    Returns:
        Mean over clips of `diversity`, `drift`, `spread`, those of the real clip
        (`_real`), and of the model without styles (`_baseline`), all in [0, 1].

    Raises:
        InputError: no model with styles, no mixtures, no records, a used output.
    """
    run_dir, output = Path(run_dir), Path(output).resolve()
    inputs = [run_dir, Path(data_dir), *([] if baseline is None else [Path(baseline)])]
    require_replaceable(
        output,
        overwrite=overwrite,
        is_ours=lambda folder: (folder / NUMBERS_FILE).is_file(),
        what="result of styles show",
        option="--output",
        inputs=inputs,
    )
    if count < 2 or max_clips < 1:
        raise InputError(
            f"expected 2 styles or more of 1 clip or more, got {count} of {max_clips}"
        )
    shown = _tables(run_dir, count, seed)
    plain = None
    if baseline is not None:
        runs.load_config(Path(baseline), model="vid2vid")
        plain = Synthesizer.load(baseline)
    clips = read_clips(data_dir, shown.config, split)
    total = min(max_clips, count_clips(data_dir, split))
    numbers: dict[str, dict[str, float]] = {}
    with making(output) as working:
        first = itertools.islice(clips, total)
        for clip in tqdm(first, total=total, unit="clip", disable=None):
            name = clip.clip_id
            tiles, numbers[name] = shown.clip(clip, plain)
            write_video(working / f"{name}.mp4", panel_video(tiles), fps)
            sheet = moments_sheet(tiles, shown.history)
            write_png(working / f"{name}.png", sheet)
        mean = mean_of(list(numbers.values()))
        text = json.dumps({"mean": mean, "clips": numbers}, indent=1)
        (working / NUMBERS_FILE).write_text(text, encoding="utf-8")
    return mean


class _Styles:
    """A model and the tables to show it with."""

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
        # Parts of a face are numbered from 1.
        first = FIRST_THING if self.config.task == "street" else 1
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
