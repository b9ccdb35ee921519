"""Measures forecasts of held-out clips beside simple baselines (`forecast --data`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from v2v_tf.apps.forecasting.baselines import copy_last, extrapolate_flow
from v2v_tf.apps.forecasting.label_forecaster import ForecastClip
from v2v_tf.apps.forecasting.measuring import FRECHET, Steps, StepScores, table
from v2v_tf.apps.forecasting.models import ForecastModels, LoadedModels
from v2v_tf.apps.forecasting.rendering import draw_forecast
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.data.clips import Clip
from v2v_tf.inference.job import ClipSelection, Destination, Job, write_json
from v2v_tf.tasks.registry import ignored_label_of

STUDY_FILE = "study.json"
TABLE_FILE = "study.md"
FORECASTER, COPY, FLOW = "forecaster", "copy last frame", "flow extrapolation"
TRUTH = "true labels"
FLOOR = "real, other half"
_SHOWN_STEPS = 8
Scores = dict[str, dict[str, Steps]]


def study(
    models: ForecastModels,
    clips: ClipSelection,
    destination: Destination,
    segmenter_dir: str | Path | None = None,
) -> Scores:
    """Forecasts every stretch of K + N frames of every clip, and measures.

    Stretches of a clip share no forecast frame. Beside the forecaster: the last frame
    copied, the last motion continued (by the reference flow, so that it is no estimate
    of the baseline's own), and, with a video model, what it draws of the true labels:
    the best that any forecast of labels could give it.

    Args:
        models: the forecaster, and how far it looks.
        clips: the records to forecast.
        destination: folder of `study.json` and `study.md`.
        segmenter_dir: folder of `v2v-tf train-segmenter`, for the Fréchet distance;
            None to leave it out.

    Returns:
        Method to metric to values by step.

    Raises:
        InputError: unusable runs, records or output, or clips that are all too short.
    """
    read = (clips.data_dir, *models.folders)
    job = Job(
        "study of forecast",
        (STUDY_FILE,),
        destination,
        read if segmenter_dir is None else (*read, segmenter_dir),
    )
    job.check()
    # The motion that a baseline continues takes two observed frames.
    loaded = models.load(least_given=2)
    segmenter = None if segmenter_dir is None else Segmenter.load(segmenter_dir)
    num_labels = loaded.forecaster.network.num_labels
    ignored = ignored_label_of(loaded.config)
    scores: dict[str, StepScores] = {}
    real: list[ForecastClip] = []
    length = models.given + models.predict
    for clip in clips.read(
        loaded.config,
        length,
        "--given and --predict ask for: lower them, or prepare longer clips",
    ):
        for start in range(0, len(clip) - length + 1, models.predict):
            came, found = _forecasts(loaded, models, clip.after(start))
            real.append(came)
            for name, one in found.items():
                fresh = StepScores(num_labels, segmenter, ignored)
                scores.setdefault(name, fresh).add(one, came)
    measured = {name: of.by_step() for name, of in scores.items()}
    if segmenter is not None and len(real) > 3:
        measured[FLOOR] = {FRECHET: _floor(real, num_labels, segmenter, ignored)}
    with job.making() as working:
        facts = {
            "given": models.given,
            "predict": models.predict,
            "stretches": len(real),
            "by_step": measured,
        }
        write_json(working / STUDY_FILE, facts)
        shown = table(measured, shown_steps(models.predict))
        (working / TABLE_FILE).write_text(shown, encoding="utf-8")
    return measured


def shown_steps(predict: int) -> list[int]:
    """Returns the steps that a table shows, all of them where they are few."""
    steps = np.linspace(1, predict, min(predict, _SHOWN_STEPS)).round().astype(int)
    return sorted(set(steps.tolist()))


def _forecasts(
    loaded: LoadedModels, models: ForecastModels, clip: Clip
) -> tuple[ForecastClip, dict[str, ForecastClip]]:
    """Returns what came after the observed frames, and what each method says."""
    observed = clip.take(models.given)
    rest = clip.after(models.given).take(models.predict)
    came = ForecastClip(
        rest.conditions[..., 0],
        None if rest.instances is None else rest.instances.astype(np.int32),
        rest.require("frames"),
    )
    labels = observed.conditions[..., 0]
    found = loaded.forecaster.forecast(labels, observed.instances, models.predict)
    last = labels[-1], observed.require("frames")[-1]
    # Of the last observed frame to the one before it.
    flow = observed.require("flow")[-1]
    methods = {
        FORECASTER: found,
        COPY: copy_last(*last, models.predict),
        FLOW: extrapolate_flow(*last, flow, models.predict),
    }
    if loaded.stepper is not None:
        methods[FORECASTER] = draw_forecast(loaded.stepper, observed, found)
        methods[TRUTH] = draw_forecast(loaded.stepper, observed, came)
    return came, methods


def _floor(
    real: list[ForecastClip],
    num_labels: int,
    segmenter: Segmenter,
    ignored: int | None,
) -> Steps:
    """Returns the Fréchet distance by step of every other real stretch to the rest."""
    halves = StepScores(num_labels, segmenter, ignored)
    for one, other in zip(real[::2], real[1::2], strict=False):
        halves.add(one, other)
    return halves.by_step()[FRECHET]
