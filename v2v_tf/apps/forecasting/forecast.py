"""`forecast --source`: a sequence that goes on, for people to look at."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip, LabelForecaster
from v2v_tf.apps.forecasting.rendering import check_fits, draw_forecast
from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.stream import draw_frames, find_sequence, stack_frames
from v2v_tf.data.sources.id_maps import write_ids
from v2v_tf.errors import InputError
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.metrics.segmentation import confusion_matrix, mean_iou
from v2v_tf.storage.folders import making, require_replaceable
from v2v_tf.tasks.palettes import colorize_labels
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.sheets import contact_sheet
from v2v_tf.visualization.video import write_frames, write_png, write_video

FACTS_FILE = "forecast.json"
_SHEET_COLUMNS = 5


def forecast(
    forecaster_run: str | Path,
    source: str | Path,
    output: str | Path,
    *,
    given: int,
    predict: int,
    run_dir: str | Path | None = None,
    sequence: str | None = None,
    start: int = 0,
    fps: float = 12.0,
    overwrite: bool = False,
) -> Path:
    """Forecasts a sequence, and shows what really came where the source has it.

    Args:
        forecaster_run: of `v2v-tf train` with `model: forecaster`.
        source: see `sources.list_sequences`.
        output: folder to write: `labels/` and `instances/` (PNG, ids), `panels.mp4`,
            `panels.png`, `forecast.json`; with a model also `frames/` and `video.mp4`,
            the given frames first.
        given: K, observed frames.
        predict: N, frames to forecast.
        run_dir: of a video model, which draws the frames.
        sequence: its name, where the source holds several.
        start: first observed frame.
        fps: of the videos.
        overwrite: replace an earlier result.

    Returns:
        The output folder.

    Raises:
        InputError: unusable runs, source or output, or too few frames.
    """
    output = Path(output).resolve()
    models = [Path(forecaster_run), *([] if run_dir is None else [Path(run_dir)])]
    require_replaceable(
        output,
        overwrite=overwrite,
        is_ours=lambda folder: (folder / FACTS_FILE).is_file(),
        what="result of forecast",
        option="--output",
        inputs=(Path(source), *models),
    )
    forecaster = LabelForecaster.load(forecaster_run)
    synthesizer = None
    if run_dir is not None:
        synthesizer = Synthesizer.load(run_dir)
        check_fits(forecaster, synthesizer)
    needed = max(forecaster.history, 0 if synthesizer is None else synthesizer.history)
    if given < needed:
        raise InputError(
            f"--given {given}: these models look back {needed} frames: give as many"
        )
    config = forecaster.config if synthesizer is None else synthesizer.config
    clip = _read(source, config, sequence, start, given + predict)
    if len(clip) < given:
        raise InputError(
            f"{source}: {len(clip)} frames from frame {start} on, and {given} are to "
            "be observed"
        )
    observed = clip.take(given)
    found = forecaster.forecast(
        observed.conditions[..., 0], observed.instances, predict
    )
    if synthesizer is not None:
        if observed.frames is None:
            raise InputError(f"{source} has no frames for the video to go on from")
        found = draw_forecast(synthesizer, observed, found)
    with making(output) as working:
        _write(working, clip, given, found, config, fps)
    return output


def _read(
    source: str | Path, config: Config, name: str | None, start: int, count: int
) -> Clip:
    """Returns frames of a sequence as networks see them; fewer where it ends."""
    sequence = find_sequence(source, config, name)
    drawn = itertools.islice(draw_frames(sequence, config), start, start + count)
    frames = list(drawn)
    if not frames:
        raise InputError(f"{sequence.path}: no frame {start}, where to begin")
    return stack_frames(frames, sequence.name)


def _write(
    folder: Path,
    clip: Clip,
    given: int,
    found: ForecastClip,
    config: Config,
    fps: float,
) -> None:
    palette = config.conditioning.street.palette
    count = len(found.label_maps)
    real = clip.after(given)
    known = len(real)
    for index, labels in enumerate(found.label_maps):
        write_ids(folder / "labels" / f"{given + index:05d}.png", labels)
        if found.instances is not None:
            path = folder / "instances" / f"{given + index:05d}.png"
            write_ids(path, found.instances[index].astype(np.uint16))
    tiles = {"forecast labels": colorize_labels(found.label_maps, palette)}
    if known == count:
        came = colorize_labels(real.conditions[..., 0], palette)
        tiles = {"labels that came": came, **tiles}
    if found.frames is not None:
        write_frames(folder / "frames", found.frames, start=given)
        whole = np.concatenate([clip.require("frames")[:given], found.frames])
        write_video(folder / "video.mp4", whole, fps)
        if known == count:
            tiles["frames that came"] = real.require("frames")
        tiles["forecast frames"] = found.frames
    write_video(folder / "panels.mp4", panel_video(tiles), fps)
    chosen = np.unique(np.linspace(0, count - 1, _SHEET_COLUMNS).astype(int))
    rows = {name: tile[chosen] for name, tile in tiles.items()}
    write_png(folder / "panels.png", contact_sheet(rows, [f"+{n + 1}" for n in chosen]))
    facts: dict = {"given": given, "predicted": count}
    if known:
        num_labels = config.conditioning.street.num_labels
        pairs = zip(real.conditions[..., 0], found.label_maps, strict=False)
        counts = [confusion_matrix(a, b, num_labels) for a, b in pairs]
        facts["miou_by_step"] = [mean_iou(one) for one in counts]
    text = json.dumps(facts, indent=1)
    (folder / FACTS_FILE).write_text(text, encoding="utf-8")
