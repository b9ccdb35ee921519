"""Runs a trained forecaster: observed label maps in, coming ones out."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from v2v_tf.apps.forecasting.instances import carry_instances
from v2v_tf.config import Config
from v2v_tf.data.records.folder import check_network_size
from v2v_tf.errors import InputError
from v2v_tf.inference.rollout import roll_out
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.forecaster.network import Forecaster, forecast_frame
from v2v_tf.models.registry import family_of
from v2v_tf.storage import runs
from v2v_tf.tasks.registry import ignored_label_of


class ForecastClip(NamedTuple):
    """Holds forecast frames.

    Attributes:
        label_maps: uint8 [N, H, W], the likeliest labels.
        instances: int32 [N, H, W]; None where none were given.
        frames: uint8 [N, H, W, 3]; None where labels alone are known.
    """

    label_maps: np.ndarray
    instances: np.ndarray | None = None
    frames: np.ndarray | None = None


class _Past(NamedTuple):
    """Holds what the next frame follows from.

    Attributes:
        maps: float32 [1, K, H, W, L], distributions of the last K frames.
        label_map: uint8 [H, W], the likeliest labels of the last frame.
        instances: int32 [H, W], of the last frame; None where none were given.
    """

    maps: tf.Tensor
    label_map: np.ndarray
    instances: np.ndarray | None


class LabelForecaster:
    """Forecasts label maps with a trained network.

    Args:
        config: configuration of a model that forecasts labels.
        network: built, of that configuration.
    """

    def __init__(self, config: Config, network: Forecaster) -> None:
        self.config = config
        self.network = network
        # One trace a size, as in `Synthesizer`.
        self._step = tf.function(
            lambda maps: forecast_frame(network, maps), autograph=False
        )

    @classmethod
    def load(cls, run_dir: str | Path) -> LabelForecaster:
        """Loads the newest checkpoint of a run folder.

        Raises:
            InputError: the folder is no run of a forecaster, or holds no checkpoint.
        """
        run_dir = Path(run_dir)
        config = runs.load_config(run_dir, needs="forecasts_labels")
        with precision_scope(config.runtime):
            network = family_of(config).build_generator(config)
        network.build_weights()
        runs.restore_generator(network, run_dir)
        return cls(config, network)

    @property
    def history(self) -> int:
        """Returns the number of observed maps that a forecast is made from."""
        return self.network.num_prev_frames

    def forecast(
        self, label_maps: np.ndarray, instances: np.ndarray | None, num_frames: int
    ) -> ForecastClip:
        """Forecasts the frames after the observed ones.

        Distributions go on from step to step, as in training; what is returned is the
        likeliest label of each pixel. An instance keeps its id.

        Args:
            label_maps: uint8 [K, H, W], observed, K at least `history`; the last ones
                are read.
            instances: integers [K, H, W], observed; None for none.
            num_frames: N, 1 or more.

        Raises:
            InputError: too few maps, a label that the forecaster has not, sizes that
                it cannot halve, or instances of another shape.
        """
        self._check(label_maps, instances, num_frames)
        observed = tf.constant(label_maps[-self.history :])
        maps = tf.one_hot(observed, self.network.num_labels, dtype=tf.float32)[None]
        ids = None if instances is None else np.asarray(instances[-1], np.int32)
        start = _Past(maps, label_maps[-1], ids)
        coming = list(roll_out(self._one_frame, start, range(num_frames)))
        carried = [past.instances for past in coming if past.instances is not None]
        return ForecastClip(
            np.stack([past.label_map for past in coming]),
            np.stack(carried) if carried else None,
        )

    def _one_frame(self, _index: int, past: _Past) -> tuple[_Past, _Past]:
        """Returns the next frame, which is also what the one after follows from."""
        forecast, maps = self._step(past.maps)
        label_map = tf.argmax(forecast.labels[0], axis=-1).numpy().astype(np.uint8)
        ids = past.instances
        if ids is not None:
            flow = forecast.flow[0].numpy()
            ids = carry_instances(ids, past.label_map, label_map, flow)
        coming = _Past(maps, label_map, ids)
        return coming, coming

    def _check(
        self, label_maps: np.ndarray, instances: np.ndarray | None, num_frames: int
    ) -> None:
        if num_frames < 1:
            raise InputError(f"expected 1 frame or more to forecast, got {num_frames}")
        shape, kind = np.shape(label_maps), np.asarray(label_maps).dtype
        if len(shape) != 3 or kind != np.uint8 or shape[0] < self.history:
            raise InputError(
                f"label maps: expected uint8 [K, H, W] of K >= {self.history} observed "
                f"frames, got {kind} {list(shape)}"
            )
        check_network_size(shape[1:], self.config)
        # Pixels without a label are none of the forecaster's, and are no mistake.
        ignored = ignored_label_of(self.config)
        highest = int(np.max(label_maps, where=label_maps != ignored, initial=0))
        if highest >= self.network.num_labels:
            raise InputError(
                f"label ids must be 0 .. {self.network.num_labels - 1}, got {highest}"
            )
        if instances is not None and np.shape(instances) != shape:
            raise InputError(
                f"instances: expected {list(shape)} as the label maps, got "
                f"{list(np.shape(instances))}"
            )
