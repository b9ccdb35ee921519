"""Forecasts one sequence for people to look at (`forecast --source`)."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip
from v2v_tf.apps.forecasting.models import ForecastModels
from v2v_tf.apps.forecasting.rendering import draw_all, draw_forecast, goes_on
from v2v_tf.apps.generation.beginning import Beginning
from v2v_tf.apps.generation.frames import Progress
from v2v_tf.apps.generation.notices import say_problems
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.stream import SequenceChoice, draw_frames, stack_frames
from v2v_tf.data.sources.base import Sequence
from v2v_tf.data.sources.id_maps import write_ids
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination, Job, write_json
from v2v_tf.metrics.segmentation import confusion_matrix, mean_iou
from v2v_tf.tasks.registry import labels_of
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.sheets import contact_sheet
from v2v_tf.visualization.video import write_frames, write_png, write_video

FACTS_FILE = "forecast.json"
_SHEET_COLUMNS = 5


def forecast(
    models: ForecastModels,
    source: SequenceChoice,
    destination: Destination,
    start: int = 0,
    first_frames: Beginning | None = None,
    say: Callable[[str], None] = lambda line: None,
) -> Path:
    """Forecasts a sequence, and shows what really came where the source has it.

    Args:
        models: the forecaster, and how far it looks.
        source: the sequence that goes on.
        destination: folder of `labels/` and `instances/` (PNG, ids), `panels.mp4`,
            `panels.png`, `forecast.json`; with a video model also `frames/` and
            `video.mp4`, the given frames first.
        start: first observed frame, 0 or more.
        first_frames: what the video begins with; None to go on from the last observed
            frames where they are real, and else for the default of the model, which
            then draws the observed label maps too.
        say: is given lines on sizes and first frames.

    Returns:
        The output folder.

    Raises:
        InputError: unusable runs, source or output, or too few frames.
    """
    job = Job(
        "result of forecast",
        (FACTS_FILE,),
        destination,
        (source.path, *models.folders),
    )
    job.check()
    loaded = models.load()
    sequence = source.find(loaded.config)
    say_problems(sequence.name, sequence.contents(), say)
    clip = _read(sequence, loaded.config, start, models.given + models.predict)
    if len(clip) < models.given:
        raise InputError(
            f"{source.path}: {len(clip)} frames from frame {start} on, and "
            f"{models.given} are to be observed"
        )
    observed = clip.take(models.given)
    found = loaded.forecaster.forecast(
        observed.conditions[..., 0], observed.instances, models.predict
    )
    shown = observed.frames
    if loaded.stepper is not None:
        if goes_on(loaded.stepper, observed, first_frames):
            beginning = "the last observed frames"
            found = draw_forecast(loaded.stepper, observed, found)
        else:
            progress = Progress()
            drawn = (loaded.stepper, observed, found, first_frames, progress)
            shown, found = draw_all(*drawn)
            beginning = str(progress.beginning)
        say(f"{clip.clip_id}: begins with {beginning}")
    with job.making() as working:
        given, fps = models.given, destination.rate(clip.fps)
        _write(working, clip, given, shown, found, loaded.config, fps)
    return job.folder


def _read(sequence: Sequence, config: Config, start: int, count: int) -> Clip:
    """Returns frames of a sequence as networks see them; fewer where it ends."""
    drawn = itertools.islice(draw_frames(sequence, config), start, start + count)
    frames = list(drawn)
    if not frames:
        raise InputError(f"{sequence.path}: no frame {start}, where to begin")
    return stack_frames(frames, sequence.name)


def _write(
    folder: Path,
    clip: Clip,
    given: int,
    shown: np.ndarray | None,
    found: ForecastClip,
    config: Config,
    fps: float,
) -> None:
    colors = labels_of(config)
    assert colors is not None  # forecasters are of label maps
    count = len(found.label_maps)
    real = clip.after(given)
    known = len(real)
    for index, labels in enumerate(found.label_maps):
        write_ids(folder / "labels" / f"{given + index:05d}.png", labels)
        if found.instances is not None:
            path = folder / "instances" / f"{given + index:05d}.png"
            write_ids(path, found.instances[index].astype(np.uint16))
    tiles = {"forecast labels": colors.colorize(found.label_maps)}
    if known == count:
        came = colors.colorize(real.conditions[..., 0])
        tiles = {"labels that came": came, **tiles}
    if found.frames is not None:
        write_frames(folder / "frames", found.frames, start=given)
        assert shown is not None
        write_video(folder / "video.mp4", np.concatenate([shown, found.frames]), fps)
        if known == count and real.frames is not None and len(real.frames) == count:
            tiles["frames that came"] = real.require("frames")
        tiles["forecast frames"] = found.frames
    write_video(folder / "panels.mp4", panel_video(tiles), fps)
    chosen = np.unique(np.linspace(0, count - 1, _SHEET_COLUMNS).astype(int))
    rows = {name: tile[chosen] for name, tile in tiles.items()}
    write_png(folder / "panels.png", contact_sheet(rows, [f"+{n + 1}" for n in chosen]))
    facts: dict = {"given": given, "predicted": count}
    if known:
        pairs = zip(real.conditions[..., 0], found.label_maps, strict=False)
        counts = [
            confusion_matrix(a, b, colors.num_labels, colors.ignored) for a, b in pairs
        ]
        facts["miou_by_step"] = [mean_iou(one) if one.any() else None for one in counts]
    write_json(folder / FACTS_FILE, facts)
