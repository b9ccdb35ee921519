"""Renders forecast labels with a model that was trained on real labels."""

from __future__ import annotations

import numpy as np

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip, LabelForecaster
from v2v_tf.apps.generation.beginning import Beginning
from v2v_tf.apps.generation.frames import Progress, generate_frames
from v2v_tf.apps.generation.stepper import LoadedModel, Stepper
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.stream import SourcePicture
from v2v_tf.errors import InputError
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.tasks.registry import num_labels_of


def check_fits(forecaster: LabelForecaster, stepper: Stepper) -> None:
    """Raises InputError unless a model draws what a forecaster forecasts."""
    mine, theirs = forecaster.config, stepper.config
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
    stepper: LoadedModel,
    observed: Clip,
    forecast: ForecastClip,
) -> ForecastClip:
    """Adds the frames: the video goes on from the observed ones.

    Args:
        stepper: the model.
        observed: K frames of `conditions` (label maps), `frames` and, where the model
            uses them, `instances`.
        forecast: forecast of the frames after the given ones.

    Raises:
        InputError: fewer observed frames than the model looks back.
    """
    n = stepper.history
    if len(observed) < n:
        raise InputError(
            f"the video model looks back {n} frames, and {len(observed)} were "
            "observed: give more"
        )
    past = observed.after(len(observed) - n)
    instances = None
    if observed.instances is not None and forecast.instances is not None:
        ids = past.require("instances").astype(np.int32)
        instances = np.concatenate([ids, forecast.instances])
    planes = forecast.label_maps[..., None]
    clip = Clip(
        conditions=np.concatenate([past.conditions, planes]),
        frames=past.frames,
        instances=instances,
    )
    return forecast._replace(frames=stepper.rollout(clip).fake_frames)


def goes_on(stepper: Stepper, observed: Clip, wanted: Beginning | None) -> bool:
    """Returns whether a video goes on from the last observed frames.

    It does where these are real, the model takes frames, and nothing else is wanted.
    """
    if stepper.begins_with_zeros or wanted not in (None, Beginning("given")):
        return False
    return observed.frames is not None and len(observed.frames) == len(observed)


def draw_all(
    stepper: Stepper,
    observed: Clip,
    forecast: ForecastClip,
    wanted: Beginning | None,
    progress: Progress,
) -> tuple[np.ndarray, ForecastClip]:
    """Draws the observed label maps and then the forecast ones, as one video.

    Args:
        stepper: the model.
        observed: K label maps, with or without frames.
        forecast: label maps that were forecast, after the observed ones.
        wanted: what the video begins with; None for the default of the model.
        progress: is told what it begins with.

    Returns:
        The frames of the observed label maps, and the forecast with its own.

    Raises:
        InputError: the model cannot begin so.
    """
    maps = [*observed.conditions, *forecast.label_maps[..., None]]
    ids: list[np.ndarray | None] = [None] * len(maps)
    if observed.instances is not None and forecast.instances is not None:
        ids = [*observed.instances.astype(np.int32), *forecast.instances]
    real = [] if observed.frames is None else list(observed.frames)
    known = [*real, *[None] * (len(maps) - len(real))]
    size = (maps[0].shape[0], maps[0].shape[1])
    pictures = (
        SourcePicture(DrawnFrame(frame, planes, one), "", None, False, size)
        for frame, planes, one in zip(known, maps, ids, strict=True)
    )
    frames = generate_frames(stepper, pictures, wanted, progress=progress)
    made = np.stack([frame.image for frame in frames])
    seen = len(observed)
    return made[:seen], forecast._replace(frames=made[seen:])
