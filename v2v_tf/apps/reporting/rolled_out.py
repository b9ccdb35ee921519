"""Clips that the run generates for its page, each tile a video of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2v_tf.apps.generation.pretrained import from_pretrained
from v2v_tf.config import Config
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.inference.generation import measure, tiles
from v2v_tf.inference.job import ClipSelection, frame_rate
from v2v_tf.metrics.summary import METRICS, mean_of
from v2v_tf.models.registry import family_of
from v2v_tf.tasks.registry import labels_of
from v2v_tf.visualization.panels import MIN_TILE_WIDTH, readable
from v2v_tf.visualization.players import Player, PlayerClip, Tile, embed_frames
from v2v_tf.visualization.rendering import short_number
from v2v_tf.visualization.run_page import LabelColor
from v2v_tf.visualization.tables import MetricTable, metric_table

_CAPTION_METRICS = ("psnr", "ssim", "warping_error", "flow_error")
_NOTES = {
    "condition": "what goes in",
    "real": "the same moment",
    "fake": "what comes out",
    "warped": "the last frame, moved by the flow",
    "mask": "white: hallucinated, black: warped",
    "flow": "where pixels come from",
}


class RolledOut(NamedTuple):
    """Holds what the page shows of generated clips.

    Attributes:
        player: the clips.
        table: table of their mean metrics.
        legend: labels that they show; empty for tasks without labels.
        has_flow: whether a tile shows flow.
    """

    player: Player
    table: MetricTable
    legend: tuple[LabelColor, ...]
    has_flow: bool


def roll_out_run(
    run_dir: Path, selection: ClipSelection, fps: float | None
) -> RolledOut:
    """Generates the first clips of a split.

    Args:
        run_dir: run of any model that generates frames.
        selection: the clips to generate.
        fps: frames per second of the videos; None for that of each clip.

    Raises:
        InputError: no run, no records, or no clip that is long enough.
    """
    model = from_pretrained(run_dir)
    config, history = model.config, model.history
    chosen = selection.read(config, history + 1)
    clips, metrics = [], []
    labels: set[int] = set()
    for clip in chosen:
        result = model.rollout(clip)
        measured = measure(clip, result, config, history)
        rate = frame_rate(fps, clip.fps)
        shown = _tiles(tiles(clip, result, config, history), rate)
        clips.append(PlayerClip(clip.clip_id, shown, _caption(measured)))
        metrics.append(measured)
        labels.update(np.unique(clip.conditions).tolist())
    kind = (
        "clips of training"
        if selection.split == "train"
        else "clips set aside from training"
    )
    return RolledOut(
        Player("Generated clips", clips, _explanation(kind, history, config)),
        metric_table({"Generated": mean_of(metrics)}, f"Mean over {len(clips)} {kind}"),
        _legend(labels, config),
        any(tile.name == "flow" for tile in clips[0].tiles),
    )


def held_out_split(data_dir: Path) -> str:
    """Returns `eval` where records have clips set aside, else `train`."""
    held_out = read_manifest(data_dir).splits.get("eval")
    return "eval" if held_out is not None and held_out.clips else "train"


def _tiles(pictures: Mapping[str, np.ndarray | None], fps: float) -> list[Tile]:
    shown = []
    for caption, frames in pictures.items():
        if frames is None:
            continue
        name = caption.partition(" ")[0]  # The note in brackets is ours.
        video = embed_frames(map(_enlarged, frames), fps)
        shown.append(Tile(name, video, _NOTES.get(name, "")))
    return shown


def _enlarged(frame: np.ndarray) -> np.ndarray:
    """Returns small frames enlarged: H.264 stores colour at half the resolution."""
    return readable(frame) if frame.shape[1] < MIN_TILE_WIDTH else frame


def _caption(measured: Mapping[str, float]) -> str:
    parts = []
    for name in _CAPTION_METRICS:
        if name in measured:
            real = measured.get(f"{name}_real")
            beside = "" if real is None else f" (real {short_number(real)})"
            parts.append(
                f"{METRICS[name].title} {short_number(measured[name])}{beside}"
            )
    return " · ".join(parts)


def _explanation(kind: str, history: int, config: Config) -> str:
    if not family_of(config).makes_video:
        return f"From {kind}. Each frame is made from its own condition."
    given = f"The model is given the first {history} real frames"
    if not config.generator.takes_frames:
        given = "The model is given no frame"
    return f"From {kind}. {given}; it makes every frame here from its own before it."


def _legend(present: set[int], config: Config) -> tuple[LabelColor, ...]:
    labels = labels_of(config)
    if labels is None:
        return ()
    names, colors = labels.names, labels.colors
    return tuple(
        LabelColor(names[label], "#" + bytes(colors[label].tolist()).hex())
        for label in sorted(present - {labels.ignored})
    )
