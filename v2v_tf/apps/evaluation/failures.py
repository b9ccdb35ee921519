"""Measures a model in three cases in which the method is known to fail (`failures`)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from v2v_tf.apps.evaluation import failure_scenes as scenes
from v2v_tf.apps.evaluation.failure_scenes import Numbers
from v2v_tf.apps.generation.pretrained import from_pretrained
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.generation import moments_sheet
from v2v_tf.inference.job import Destination, Job, with_progress, write_json
from v2v_tf.storage import runs
from v2v_tf.tasks.registry import labels_of
from v2v_tf.tasks.street.palettes import colorize_labels
from v2v_tf.toy_street.street import NUM_LABELS, PALETTE, ToyStreet
from v2v_tf.training.run_state import trained_sizes
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.video import write_png, write_video

NUMBERS_FILE, TABLE_FILE = "failures.json", "failures.md"
REAL, VIDEO, FRAMES = "real", "vid2vid", "frame_by_frame"
Method = Callable[[Clip], np.ndarray]
# What each number is, in the order of the table.
NOTES = {
    "car_error_turning": "on the car ahead while it has turned, |frame - real|",
    "car_error_straight": "the same car, not turning",
    "spread": "of the colours of instances in a video; ideal is the real one's",
    "return_error": "a place that leaves the picture and returns, |after - before|",
    "psnr_first": "dB, the first 30 frames of a long drive",
    "psnr_last": "dB, its last 30 frames",
    "sharpness_drift": "last 30 frames / first 30; ideal is the real one's",
    "contrast_drift": "last 30 frames / first 30; ideal is the real one's",
}


@dataclass(frozen=True)
class SceneOptions:
    """Says which scenes are drawn.

    Attributes:
        num_scenes: scenes of each case, 1 or more; of the long drive there is one.
        long_frames: frames of the long drive, 100 or more.
        size: (height, width), pixels; None for that of the training records.
        seed: seed of all scenes.
    """

    num_scenes: int = 4
    long_frames: int = 600
    size: tuple[int, int] | None = None
    seed: int = 0


def failures(
    run_dir: str | Path,
    destination: Destination,
    drawn: SceneOptions | None = None,
    frame_run_dir: str | Path | None = None,
) -> dict[str, Numbers]:
    """Measures a model on turning cars, diversity and long-term consistency.

    Args:
        run_dir: run of a video model of the toy street.
        destination: folder of `failures.json`, `failures.md`, and for each case a video
            and a sheet of one scene.
        drawn: the scenes; None for the default ones.
        frame_run_dir: run of a first_frame model, which draws each frame by itself:
            it neither is as calm as a video model, nor does it lose diversity.

    Returns:
        Method (`real` too) to number to mean over scenes, see `NOTES`.

    Raises:
        InputError: no run of a model of the toy street, or a used output.
    """
    run_dir, drawn = Path(run_dir), drawn or SceneOptions()
    runs_read = (run_dir,) if frame_run_dir is None else (run_dir, frame_run_dir)
    job = Job("result of failures", (NUMBERS_FILE,), destination, runs_read)
    job.check()
    if drawn.num_scenes < 1 or drawn.long_frames < 100:
        raise InputError(
            "expected 1 scene or more and a long drive of 100 frames or more, got "
            f"{drawn.num_scenes} and {drawn.long_frames}"
        )
    config = runs.load_config(run_dir, needs="makes_video")
    _check_labels(run_dir, config)
    methods = {VIDEO: _video(run_dir)}
    if frame_run_dir is not None:
        methods[FRAMES] = _frame_by_frame(Path(frame_run_dir), config)
    size = drawn.size or _size(run_dir)
    steps = [(case, n) for n in range(drawn.num_scenes) for case in scenes.CASES]
    steps.append((scenes.long_drive(drawn.long_frames), 0))
    with job.making() as working:
        gathered: dict[str, dict[str, list[float]]] = {}
        for case, number in with_progress(steps, len(steps), "scene"):
            street = ToyStreet((drawn.seed, number), size, case.num_frames, case.plan)
            clip, n = scenes.clip_of(street), config.history
            videos = {REAL: clip.require("frames")[n:]}
            videos |= {method: make(clip) for method, make in methods.items()}
            for method, frames in videos.items():
                of_method = gathered.setdefault(method, {})
                for key, value in case.measure(street, clip, frames, n).items():
                    if math.isfinite(value):
                        of_method.setdefault(key, []).append(value)
            if number == 0:
                labels = colorize_labels(clip.conditions[n:, ..., 0], "toy")
                tiles = {"labels": labels, **videos}
                path = working / case.name
                write_video(
                    path.with_suffix(".mp4"), panel_video(tiles), destination.rate()
                )
                write_png(path.with_suffix(".png"), moments_sheet(dict(tiles), n))
        mean = {
            method: {key: float(np.mean(of)) for key, of in values.items()}
            for method, values in gathered.items()
        }
        facts = {
            "seed": drawn.seed,
            "scenes": drawn.num_scenes,
            "long_frames": drawn.long_frames,
        }
        write_json(working / NUMBERS_FILE, {**facts, "mean": mean})
        (working / TABLE_FILE).write_text(table(mean), encoding="utf-8")
    return mean


def table(mean: Mapping[str, Mapping[str, float]]) -> str:
    """Returns Markdown: a number a row, a method a column."""
    rows = [f"| | {' | '.join(mean)} | |", "|---" * (len(mean) + 2) + "|"]
    for key, note in NOTES.items():
        cells = (f"{of[key]:.4g}" if key in of else "–" for of in mean.values())
        rows.append(f"| {key} | {' | '.join(cells)} | {note} |")
    return "\n".join(rows) + "\n"


def _video(run_dir: Path) -> Method:
    model = from_pretrained(run_dir)
    return lambda clip: model.rollout(clip).fake_frames


def _frame_by_frame(run_dir: Path, config: Config) -> Method:
    network = FrameByFrame.load(run_dir)
    network.check_serves(config)
    return lambda clip: network.rollout(clip).fake_frames[config.history :]


def _check_labels(run_dir: Path, config: Config) -> None:
    labels = labels_of(config)
    found = None if labels is None else (labels.palette, labels.num_labels)
    if found != (PALETTE, NUM_LABELS):
        raise InputError(
            f"{run_dir} is no model of the toy street, whose scenes these are: it "
            f"needs palette {PALETTE} and {NUM_LABELS} labels, not task {config.task} "
            f"with {found}"
        )


def _size(run_dir: Path) -> tuple[int, int]:
    sizes = trained_sizes(run_dir)
    if not sizes:
        raise InputError(
            f"{run_dir} does not say how large its frames are: give --size"
        )
    return sizes[0]
