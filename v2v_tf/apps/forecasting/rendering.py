"""From forecast labels to frames, by a model that was trained on real labels."""

from __future__ import annotations

import numpy as np

from v2v_tf.apps.forecasting.label_forecaster import ForecastClip, LabelForecaster
from v2v_tf.errors import InputError
from v2v_tf.inference.synthesizer import Synthesizer


def check_fits(forecaster: LabelForecaster, synthesizer: Synthesizer) -> None:
    """Raises InputError unless a model draws what a forecaster forecasts."""
    mine, theirs = forecaster.config, synthesizer.config
    pairs = (
        ("the task", mine.task, theirs.task),
        (
            "conditioning.street.num_labels",
            mine.conditioning.street.num_labels,
            theirs.conditioning.street.num_labels,
        ),
    )
    for what, here, there in pairs:
        if here != there:
            raise InputError(
                f"the forecaster does not fit the video model: {what} is {here} there "
                f"and {there} here: train both on the same records"
            )


def draw_forecast(
    synthesizer: Synthesizer,
    observed: dict[str, np.ndarray],
    forecast: ForecastClip,
) -> ForecastClip:
    """Adds the frames: the video goes on from the observed ones.

    Args:
        synthesizer: the model.
        observed: `conditions` uint8 [K, H, W, 1], `frames` uint8 [K, H, W, 3] and,
            where the model uses them, `instances` integers [K, H, W].
        forecast: of the frames after.

    Raises:
        InputError: fewer observed frames than the model looks back.
    """
    n = synthesizer.history
    if len(observed["conditions"]) < n:
        raise InputError(
            f"the video model looks back {n} frames, and {len(observed['conditions'])} "
            "were observed: give more"
        )
    planes = forecast.label_maps[..., None]
    clip = {
        "conditions": np.concatenate([observed["conditions"][-n:], planes]),
        "frames": observed["frames"][-n:],
    }
    if synthesizer.conditioning.uses_instances and forecast.instances is not None:
        ids = observed["instances"][-n:].astype(np.int32)
        clip["instances"] = np.concatenate([ids, forecast.instances])
    return forecast._replace(frames=synthesizer.rollout(clip).fake_frames)
