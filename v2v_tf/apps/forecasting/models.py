"""Loads the models of a forecast: one for labels, and maybe one for the frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from v2v_tf.apps.forecasting.label_forecaster import LabelForecaster
from v2v_tf.apps.forecasting.rendering import check_fits
from v2v_tf.apps.generation.stepper import LoadedModel
from v2v_tf.apps.generation.steppers import load_stepper
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.storage import runs


class LoadedModels(NamedTuple):
    """Holds the loaded models of a forecast.

    Attributes:
        forecaster: forecaster of label maps.
        stepper: draws the frames; None where labels alone are forecast.
    """

    forecaster: LabelForecaster
    stepper: LoadedModel | None

    @property
    def config(self) -> Config:
        """Returns the configuration that clips are read by."""
        return (self.stepper or self.forecaster).config

    @property
    def history(self) -> int:
        """Returns the number of past frames that the models need."""
        drawn = 0 if self.stepper is None else self.stepper.history
        return max(self.forecaster.history, drawn)


@dataclass(frozen=True)
class ForecastModels:
    """Runs that forecast, and how far.

    Attributes:
        forecaster_run: run of `v2v-tf train` with `model: forecaster`.
        given: K, observed frames; as many as the models look back, or more.
        predict: N, frames to forecast, 1 or more.
        run_dir: run of a video model, which draws the frames; None for labels alone.
    """

    forecaster_run: str | Path
    given: int
    predict: int
    run_dir: str | Path | None = None

    @property
    def folders(self) -> tuple[Path, ...]:
        """Returns the runs that are read."""
        folders = (self.forecaster_run, self.run_dir)
        return tuple(Path(folder) for folder in folders if folder is not None)

    def load(self, least_given: int = 1) -> LoadedModels:
        """Loads the models.

        Args:
            least_given: observed frames that are needed whatever the models.

        Raises:
            InputError: a run that does not load, two that do not go together, or too
                few frames to observe or to forecast.
        """
        forecaster = LabelForecaster.load(self.forecaster_run)
        stepper = None
        if self.run_dir is not None:
            runs.load_config(Path(self.run_dir), needs="makes_video")
            stepper = load_stepper(self.run_dir)
            check_fits(forecaster, stepper)
        loaded = LoadedModels(forecaster, stepper)
        needed = max(loaded.history, least_given)
        if self.given < needed:
            raise InputError(
                f"--given {self.given}: these models look back {needed} frames: give "
                "as many"
            )
        if self.predict < 1:
            raise InputError(
                f"--predict {self.predict}: expected 1 frame or more to forecast"
            )
        return loaded
