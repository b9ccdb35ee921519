"""Rolls a trained model out over clip records and writes what a person looks at.

For each clip: a folder with `frames/` (PNG, numbered as in the clip), `video.mp4` and
`panels.mp4` (condition | real | fake | warped | mask | flow). Beside the clips:
`metrics.json`, for each clip and the mean of all.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
from tqdm import tqdm

from v2v_tf.config import Config
from v2v_tf.data.input import count_clips, read_clips
from v2v_tf.errors import InputError
from v2v_tf.metrics.summary import evaluate_clip, mean_of
from v2v_tf.synthesis.synthesizer import Synthesized, Synthesizer
from v2v_tf.visualization.conditions import colorize_conditions
from v2v_tf.visualization.flow_wheel import colorize_flow
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.video import write_frames, write_video

METRICS_FILE = "metrics.json"
Clip = dict[str, np.ndarray]


def generate(
    run_dir: Path,
    data_dir: Path,
    output: Path,
    *,
    split: str = "train",
    fps: float = 12.0,
    overwrite: bool = False,
) -> dict[str, float]:
    """Generates every clip of a split; `output` appears when all are done.

    Args:
        run_dir: of `v2v-tf train`.
        data_dir: clip records.
        output: folder to write.
        split: of the records, `train` or `eval`.
        fps: of the videos.
        overwrite: replace a folder that holds something.

    Returns:
        The mean metrics over clips, as `metrics.summary.evaluate_clip` names them.

    Raises:
        InputError: no run, no records, or a used output folder.
    """
    used = output.exists() and (not output.is_dir() or any(output.iterdir()))
    if used and not overwrite:
        raise InputError(
            f"{output} already holds something: name a new folder with --output, or "
            "replace it with --overwrite"
        )
    synthesizer = Synthesizer.load(run_dir)
    config = synthesizer.config
    clips = read_clips(data_dir, config, split)

    working = output.with_name(f"{output.name}.partial")
    shutil.rmtree(working, ignore_errors=True)
    metrics: dict[str, dict[str, float]] = {}
    total = count_clips(data_dir, split)
    for clip in tqdm(clips, total=total, unit="clip", disable=None):
        name = str(clip.pop("clip_id"))
        result = synthesizer.rollout(clip)
        folder = working / name
        write_frames(folder / "frames", result.fake_frames, start=synthesizer.history)
        write_video(folder / "video.mp4", result.fake_frames, fps)
        panels = panel_video(tiles(clip, result, config, synthesizer.history))
        write_video(folder / "panels.mp4", panels, fps)
        metrics[name] = measure(clip, result, config, synthesizer.history)
    mean = mean_of(list(metrics.values()))
    text = json.dumps({"mean": mean, "clips": metrics}, indent=1)
    (working / METRICS_FILE).write_text(text, encoding="utf-8")
    if output.exists():
        shutil.rmtree(output)
    working.rename(output)
    return mean


def tiles(
    clip: Clip, result: Synthesized, config: Config, history: int
) -> dict[str, np.ndarray | None]:
    """Returns the tiles of a panel video, caption to uint8 [F, H, W, 3].

    Args:
        clip: `conditions`, `frames` and `flow` of the whole clip.
        result: its generated frames.
        config: the experiment.
        history: frames of the clip before the first generated one.
    """
    mask = flow = None
    if result.mask is not None and result.flow is not None:
        mask = np.round(result.mask * 255).astype(np.uint8).repeat(3, axis=-1)
        flow = colorize_flow(result.flow)
    return {
        "condition": colorize_conditions(clip["conditions"][history:], config),
        "real": clip["frames"][history:],
        "fake": result.fake_frames,
        "warped": result.warped_frames,
        "mask (white: hallucinated)": mask,
        "flow": flow,
    }


def measure(
    clip: Clip, result: Synthesized, config: Config, history: int
) -> dict[str, float]:
    """Returns the metrics of one generated clip; arguments as of `tiles`."""
    several = len(result.fake_frames) > 1
    labels = clip["conditions"][history:, ..., 0] if config.task == "street" else None
    return evaluate_clip(
        result.fake_frames,
        clip["frames"][history:],
        flow=clip["flow"][history:] if several else None,
        visible=clip["flow_confidence"][history:, ..., 0] > 0.5 if several else None,
        label_maps=labels,
        fake_flow=result.flow[1:] if several and result.flow is not None else None,
    )
