"""`forecast --data`: held-out clips, against the last frame again and its motion."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tqdm import tqdm

from v2v_tf.apps.forecasting.baselines import copy_last, extrapolate_flow
from v2v_tf.apps.forecasting.label_forecaster import ForecastClip, LabelForecaster
from v2v_tf.apps.forecasting.measuring import FRECHET, StepScores, table
from v2v_tf.apps.forecasting.rendering import check_fits, draw_forecast
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.errors import InputError
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.storage.folders import making, require_replaceable

STUDY_FILE = "study.json"
TABLE_FILE = "study.md"
FORECASTER, COPY, FLOW = "forecaster", "copy last frame", "flow extrapolation"
TRUTH = "true labels"
FLOOR = "real, other half"
_SHOWN_STEPS = 8
Scores = dict[str, dict[str, list[float]]]


def study(
    forecaster_run: str | Path,
    data_dir: str | Path,
    output: str | Path,
    *,
    given: int,
    predict: int,
    run_dir: str | Path | None = None,
    segmenter_dir: str | Path | None = None,
    split: str = "eval",
    overwrite: bool = False,
) -> Scores:
    """Forecasts every stretch of K + N frames of every clip, and measures.

    Stretches of a clip share no forecast frame. Beside the forecaster: the last frame
    copied, the last motion continued (by the reference flow, so that it is no estimate
    of the baseline's own), and, with a video model, what it draws of the true labels:
    the best that any forecast of labels could give it.

    Args:
        forecaster_run: of `v2v-tf train` with `model: forecaster`.
        data_dir: clip records.
        output: folder to write: `study.json` and `study.md`.
        given: K, observed frames.
        predict: N, frames to forecast.
        run_dir: of a video model, which draws the frames.
        segmenter_dir: of `v2v-tf train-segmenter`, for the Fréchet distance.
        split: of the records.
        overwrite: replace an earlier result.

    Returns:
        Method to metric to values by step.

    Raises:
        InputError: unusable runs, records or output, or clips that are all too short.
    """
    output, data_dir = Path(output).resolve(), Path(data_dir)
    models = [Path(m) for m in (forecaster_run, run_dir, segmenter_dir) if m]
    require_replaceable(
        output,
        overwrite=overwrite,
        is_ours=lambda folder: (folder / STUDY_FILE).is_file(),
        what="study of forecast",
        option="--output",
        inputs=(data_dir, *models),
    )
    methods = _Methods(forecaster_run, run_dir, given, predict)
    segmenter = None if segmenter_dir is None else Segmenter.load(segmenter_dir)
    num_labels = methods.forecaster.network.num_labels
    scores: dict[str, StepScores] = {}
    real: list[ForecastClip] = []
    clips = read_clips(data_dir, methods.config, split)
    total = len(read_manifest(data_dir).split(split).clips)
    for clip in tqdm(clips, total=total, unit="clip", disable=None):
        for start in range(0, len(clip) - given - predict + 1, predict):
            came, found = methods.of_stretch(clip.after(start))
            real.append(came)
            for name, one in found.items():
                fresh = StepScores(num_labels, segmenter)
                scores.setdefault(name, fresh).add(one, came)
    if not real:
        raise InputError(
            f"{data_dir}: no clip of split '{split}' has the {given + predict} frames "
            "that --given and --predict ask for: lower them, or prepare longer clips"
        )
    measured = {name: of.by_step() for name, of in scores.items()}
    if segmenter is not None and len(real) > 3:
        measured[FLOOR] = {FRECHET: _floor(real, num_labels, segmenter)}
    _write(output, measured, given, predict, len(real))
    return measured


def shown_steps(predict: int) -> list[int]:
    """Returns the steps that a table shows, all of them where they are few."""
    steps = np.linspace(1, predict, min(predict, _SHOWN_STEPS)).round().astype(int)
    return sorted(set(steps.tolist()))


class _Methods:
    """All ways to go on from K observed frames."""

    def __init__(
        self,
        forecaster_run: str | Path,
        run_dir: str | Path | None,
        given: int,
        predict: int,
    ) -> None:
        self.forecaster = LabelForecaster.load(forecaster_run)
        self.synthesizer = None if run_dir is None else Synthesizer.load(run_dir)
        needed = self.forecaster.history
        self.config = self.forecaster.config
        if self.synthesizer is not None:
            check_fits(self.forecaster, self.synthesizer)
            needed = max(needed, self.synthesizer.history)
            self.config = self.synthesizer.config
        if given < max(needed, 2) or predict < 1:
            raise InputError(
                f"--given {given} --predict {predict}: these models look back "
                f"{max(needed, 2)} frames, and 1 or more must be forecast"
            )
        self._given = given
        self._predict = predict

    def of_stretch(self, clip: Clip) -> tuple[ForecastClip, dict[str, ForecastClip]]:
        """Returns what came after the observed frames, and what each method says."""
        observed = clip.take(self._given)
        rest = clip.after(self._given).take(self._predict)
        came = ForecastClip(
            rest.conditions[..., 0],
            None if rest.instances is None else rest.instances.astype(np.int32),
            rest.require("frames"),
        )
        labels = observed.conditions[..., 0]
        found = self.forecaster.forecast(labels, observed.instances, self._predict)
        last = labels[-1], observed.require("frames")[-1]
        # Of the last observed frame to the one before it.
        flow = observed.require("flow")[-1]
        methods = {
            FORECASTER: found,
            COPY: copy_last(*last, self._predict),
            FLOW: extrapolate_flow(*last, flow, self._predict),
        }
        if self.synthesizer is not None:
            methods[FORECASTER] = draw_forecast(self.synthesizer, observed, found)
            methods[TRUTH] = draw_forecast(self.synthesizer, observed, came)
        return came, methods


def _floor(
    real: list[ForecastClip], num_labels: int, segmenter: Segmenter
) -> list[float]:
    """Returns the Fréchet distance by step of every other real stretch to the rest."""
    halves = StepScores(num_labels, segmenter)
    for one, other in zip(real[::2], real[1::2], strict=False):
        halves.add(one, other)
    return halves.by_step()[FRECHET]


def _write(
    output: Path, measured: Scores, given: int, predict: int, count: int
) -> None:
    with making(output) as working:
        facts = {
            "given": given,
            "predict": predict,
            "stretches": count,
            "by_step": measured,
        }
        text = json.dumps(facts, indent=1)
        (working / STUDY_FILE).write_text(text, encoding="utf-8")
        shown = table(measured, shown_steps(predict))
        (working / TABLE_FILE).write_text(shown, encoding="utf-8")
