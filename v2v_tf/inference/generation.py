"""Generates clip records with a trained model, and writes videos and numbers.

For each clip: a folder with `frames/` (PNG, numbered as in the clip), `video.mp4` and
`panels.mp4` (condition | real | fake | warped | mask | flow) and `sheet.png`, some
frames side by side. Beside the clips: `metrics.json`, for each clip and the mean.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.job import ClipSelection, Destination, Job, write_json
from v2v_tf.inference.label_watch import LabelWatch
from v2v_tf.inference.loading import AnySynthesizer, FirstFrames, ModelOptions
from v2v_tf.inference.memory import advice_for_records
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.memory.exhaustion import explaining
from v2v_tf.metrics.summary import evaluate_clip, mean_of
from v2v_tf.storage import runs
from v2v_tf.tasks.pictures import colorize_conditions
from v2v_tf.tasks.registry import task_of
from v2v_tf.visualization.flow_wheel import colorize_flow
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.sheets import contact_sheet
from v2v_tf.visualization.video import write_frames, write_png, write_video

METRICS_FILE = "metrics.json"
_SHEET_COLUMNS = 5


def generate(
    run_dir: str | Path,
    data_dir: str | Path,
    output: str | Path,
    *,
    split: str = "train",
    fps: float | None = None,
    precision: str | None = None,
    overwrite: bool = False,
    first_frames: FirstFrames | None = None,
    first_frame_model: str | Path | None = None,
    style: StyleChoice | None = None,
) -> dict[str, float]:
    """Generates every clip of a split; the output folder appears when all are done.

    Each clip gets a folder with `frames/`, `video.mp4`, `panels.mp4` and `sheet.png`;
    `metrics.json` beside them holds the numbers. Clips that are too short to generate
    a frame are left out, with one warning.

    Args:
        run_dir: run folder of `v2v-tf train` or `v2v-tf import-nvidia`, of a video
            model or a first_frame model.
        data_dir: folder of clip records that `v2v-tf prepare` wrote.
        output: folder to write.
        split: part of the records to read, `train` or `eval`.
        fps: frames per second of the written videos, above 0; None for that of each
            clip, 12 where its record does not say.
        precision: policy to compute in, `float32` or `mixed_bfloat16`; None for that
            of the run.
        overwrite: whether an earlier result of `generate` in `output` is replaced.
        first_frames: first frames that a video begins with, `given`, `generated` or
            `zeros`; None for what the model was trained with, see `loading.open_run`.
        first_frame_model: run folder of a first_frame model; goes with `generated`.
        style: appearance of the instances of every video, of a model with styles; None
            for that of each clip's own frames.

    Returns:
        The mean of each metric over the clips, by name, see `evaluate_clip`.

    Raises:
        InputError: no run, no records, only clips that are too short, a used output
            folder, or one that holds a run or the records; first frames that the
            model was never trained to begin with.

    Example:
        ```python
        >>> metrics = generate("runs/toy", "data/toy", "results/toy")
        >>> metrics["num_frames"]
        6.0
        ```
    """
    model = ModelOptions(run_dir, precision, first_frames, first_frame_model, style)
    job = Job(
        "result of generate",
        (METRICS_FILE,),
        Destination(output, overwrite, fps),
        (*model.folders, data_dir),
    )
    job.check()
    synthesizer = model.load()
    selection = ClipSelection(data_dir, split)
    clips = selection.read(synthesizer.config, synthesizer.history + 1)
    metrics: dict[str, dict[str, float]] = {}
    watch = LabelWatch(synthesizer.config, runs.training_labels(Path(run_dir)))
    with job.making() as working:
        for clip in clips:
            watch.look(clip.conditions, clip.clip_id)
            folder = working / clip.clip_id
            rate = job.destination.rate(clip.fps)
            metrics[clip.clip_id] = _write_clip(folder, clip, synthesizer, rate)
        mean = mean_of(list(metrics.values()))
        write_json(working / METRICS_FILE, {"mean": mean, "clips": metrics})
    return mean


def tiles(
    clip: Clip, result: Synthesized, config: Config, history: int
) -> dict[str, np.ndarray | None]:
    """Returns the tiles of a panel video, caption to uint8 [F, H, W, 3].

    Args:
        clip: all of it, with real frames.
        result: generated frames of the clip.
        config: the experiment.
        history: frames of the clip before the first generated one.
    """
    mask = flow = None
    if result.mask is not None and result.flow is not None:
        mask = np.round(result.mask * 255).astype(np.uint8).repeat(3, axis=-1)
        flow = colorize_flow(result.flow)
    rest = clip.after(history)
    return {
        "condition": colorize_conditions(rest.conditions, config),
        "real": rest.frames,
        "fake": result.fake_frames,
        "warped": result.warped_frames,
        "mask (white: hallucinated)": mask,
        "flow": flow,
    }


def moments_sheet(
    pictures: dict[str, np.ndarray | None],
    history: int,
    captions: Collection[str] | None = None,
) -> np.ndarray:
    """Returns one sheet of moments spread over a clip, first and last among them.

    Args:
        pictures: pictures from `tiles`.
        history: frames of the clip before the first generated one.
        captions: captions of the tiles to show, one a row; None for all.

    Returns:
        uint8 [h, w, 3].
    """
    rows = {
        name: tile
        for name, tile in pictures.items()
        if tile is not None and (captions is None or name in captions)
    }
    last = len(next(iter(rows.values()))) - 1
    chosen = np.unique(np.linspace(0, last, _SHEET_COLUMNS).astype(int))
    return contact_sheet(
        {name: tile[chosen] for name, tile in rows.items()},
        [f"frame {history + index}" for index in chosen],
    )


def measure(
    clip: Clip, result: Synthesized, config: Config, history: int
) -> dict[str, float]:
    """Returns the metrics of one generated clip; arguments as of `tiles`."""
    several = len(result.fake_frames) > 1
    rest = clip.after(history)
    labels = rest.conditions[..., 0] if task_of(config).has_labels else None
    return evaluate_clip(
        result.fake_frames,
        rest.require("frames"),
        flow=rest.require("flow") if several else None,
        visible=rest.require("flow_confidence")[..., 0] > 0.5 if several else None,
        label_maps=labels,
        fake_flow=result.flow[1:] if several and result.flow is not None else None,
    )


def _write_clip(
    folder: Path, clip: Clip, synthesizer: AnySynthesizer, fps: float
) -> dict[str, float]:
    """Generates a clip, writes its frames and videos, and returns its metrics."""
    history = synthesizer.history
    size = clip.conditions.shape[1:3]
    with explaining(lambda: advice_for_records(synthesizer.config, size)):
        result = synthesizer.rollout(clip)
    write_frames(folder / "frames", result.fake_frames, start=history)
    write_video(folder / "video.mp4", result.fake_frames, fps)
    pictures = tiles(clip, result, synthesizer.config, history)
    write_video(folder / "panels.mp4", panel_video(pictures), fps)
    sheet = moments_sheet(pictures, history, ("condition", "real", "fake"))
    write_png(folder / "sheet.png", sheet)
    return measure(clip, result, synthesizer.config, history)
