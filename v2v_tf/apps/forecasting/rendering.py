"""Renders forecast labels with a model that was trained on real labels."""

from __future__ import annotations

import numpy as np

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip, LabelForecaster
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.inference.synthesizer import Synthesizer
from v2v_tf.tasks.registry import num_labels_of


def check_fits(forecaster: LabelForecaster, synthesizer: Synthesizer) -> None:
    """Raises InputError unless a model draws what a forecaster forecasts."""
    mine, theirs = forecaster.config, synthesizer.config
    pairs = (
        ("the task", mine.task, theirs.task),
        ("the number of labels", num_labels_of(mine), num_labels_of(theirs)),
    )
    for what, here, there in pairs:
        if here != there:
            raise InputError(
                f"the forecaster does not fit the video model: {what} is {here} there "
                f"and {there} here: train both on the same records"
            )


def draw_forecast(
    synthesizer: Synthesizer,
    observed: Clip,
    forecast: ForecastClip,
) -> ForecastClip:
    """Adds the frames: the video goes on from the observed ones.

    Args:
        synthesizer: the model.
        observed: K frames of `conditions` (label maps), `frames` and, where the model
            uses them, `instances`.
        forecast: forecast of the frames after the given ones.

    Raises:
        InputError: fewer observed frames than the model looks back.
    """
    n = synthesizer.history
    if len(observed) < n:
        raise InputError(
            f"the video model looks back {n} frames, and {len(observed)} were "
            "observed: give more"
        )
    past = observed.after(len(observed) - n)
    instances = None
    if synthesizer.conditioning.uses_instances and forecast.instances is not None:
        ids = past.require("instances").astype(np.int32)
        instances = np.concatenate([ids, forecast.instances])
    planes = forecast.label_maps[..., None]
    clip = Clip(
        conditions=np.concatenate([past.conditions, planes]),
        frames=past.frames,
        instances=instances,
    )
    return forecast._replace(frames=synthesizer.rollout(clip).fake_frames)
