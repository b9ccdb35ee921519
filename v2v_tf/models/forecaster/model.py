"""The forecaster of labels as a `keras.Model`, trained without discriminators.

One batch is the same batch of clips that `vid2vid` takes; `conditions`, `flow` and
`flow_confidence` are read. The first n - 1 label maps are observed; every later one
is forecast from those before it, forecast ones among them, as in use. A step walks the
clip in chunks, with one optimiser step a chunk; within a chunk gradients flow back
through time, so that the losses of later maps train the earlier ones too.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from v2v_tf.config import Config, StageConfig
from v2v_tf.models.common.loss_terms import Losses, compute_terms, tag_losses
from v2v_tf.models.common.moving_average import MovingAverage
from v2v_tf.models.common.rollout import unroll
from v2v_tf.models.common.staged import Batch, StagedModel
from v2v_tf.models.common.training_step import TrainingStep
from v2v_tf.models.forecaster import objective
from v2v_tf.models.forecaster.network import Forecast, Forecaster, forecast_frame
from v2v_tf.models.registry import family_of
from v2v_tf.tasks.registry import labels_of


class ForecastResult(NamedTuple):
    """Result of a chunk.

    Attributes:
        losses: terms of each sub-network: weighted ones of the `generator`.
        maps: [B, n - 1, H, W, L], the last maps of the chunk, without gradient.
    """

    losses: dict[str, Losses]
    maps: tf.Tensor


class ForecasterModel(StagedModel):
    """Trains a forecaster of labels.

    Args:
        config: the experiment, with `model: forecaster`.

    Raises:
        InputError: a stage cannot train.
    """

    def __init__(self, config: Config, **kwargs: Any) -> None:
        super().__init__(config, **kwargs)
        family = family_of(config)
        self.generator = family.build_generator(config)
        decay = config.optimizer.ema_decay
        self.moving_average = (
            MovingAverage(family.build_generator(config), decay) if decay else None
        )

    def compile(
        self, generator_optimizer: Any, discriminator_optimizer: Any, **kwargs: Any
    ) -> None:
        """Sets the optimiser; there are no discriminators.

        Arguments are those of `StagedModel.compile`.
        """
        super().compile(generator_optimizer, discriminator_optimizer, **kwargs)
        self._step = TrainingStep(self, self.chunk_losses)

    def loss_names(self, stage: StageConfig) -> list[str]:
        """Returns the names of all losses, the same in every stage."""
        del stage
        return objective.loss_names(self.experiment.losses)

    def build_networks(self, height: int, width: int) -> None:
        """Makes every weight and every optimiser's slots; any size makes the same."""
        del height, width
        self.generator.build_weights()
        if self.moving_average is not None:
            self.moving_average.generator.build_weights()
        self.make_slots()

    def encode(self, batch: Batch) -> Batch:
        """Adds `maps`, the labels one-hot, float32 [B, T, H, W, L]."""
        labels = batch["conditions"][..., 0]
        maps = tf.one_hot(labels, self.generator.num_labels, dtype=tf.float32)
        return {**batch, "maps": maps}

    def call(self, inputs: Batch) -> tf.Tensor:
        """Forecasts the maps of a batch of clips, float32 [B, F, H, W, L]."""
        clip, n = self.encode(inputs), self.generator.num_prev_frames
        num_frames = clip["maps"].shape[1] - n
        forecasts, _ = self._forecast(clip["maps"][:, :n], num_frames)
        return tf.stack([forecast.labels for forecast in forecasts], axis=1)

    # Its loops are static: AutoGraph would only lengthen the tracing.
    @tf.autograph.experimental.do_not_convert
    def train_step(self, batch: Batch) -> Losses:
        """Takes one optimiser step per chunk."""
        self.make_variables(*batch["frames"].shape[2:4])
        clip, n = self.encode(batch), self.generator.num_prev_frames
        maps = clip["maps"][:, :n]
        total, chunk = clip["maps"].shape[1] - n, self.stage.chunk_frames
        for start in range(0, total, chunk):
            result = self._step(maps, *_cut(clip, n + start, n + start + chunk))
            maps = result.maps
            self.meter.update_state(tag_losses(result.losses))
        return self.meter.result()

    @tf.autograph.experimental.do_not_convert
    def test_step(self, batch: Batch) -> Losses:
        """Computes the losses of whole clips, without training."""
        clip, n = self.encode(batch), self.generator.num_prev_frames
        last = clip["maps"].shape[1]
        result = self.chunk_losses(clip["maps"][:, :n], *_cut(clip, n, last))
        self.meter.update_state(tag_losses(result.losses))
        return self.meter.result()

    def chunk_losses(
        self,
        maps: tf.Tensor,
        target: tf.Tensor,
        flow: tf.Tensor,
        confidence: tf.Tensor,
    ) -> ForecastResult:
        """Forecasts a chunk and computes its losses.

        Args:
            maps: float32 [B, n - 1, H, W, L], the maps before the chunk.
            target: float32 [B, F, H, W, L], one-hot, the true labels.
            flow: float32 [B, F, H, W, 2], pixels, of each frame to the one before.
            confidence: float32 [B, F, H, W, 1], 1 where that flow is trusted.
        """
        made, maps = self._forecast(maps, target.shape[1])
        found = Forecast(*(tf.stack(x, axis=1) for x in zip(*made, strict=True)))
        compared = objective.ComparedForecasts(found, target, flow, confidence)
        losses = compute_terms(
            objective.FORECAST_TERMS, self.experiment.losses, compared
        )
        return ForecastResult({"generator": losses}, tf.stop_gradient(maps))

    def _forecast(
        self, maps: tf.Tensor, num_frames: int
    ) -> tuple[list[Forecast], tf.Tensor]:
        """Returns the forecasts of the next frames, and the maps after the last."""

        def step(_: int, maps: tf.Tensor) -> tuple[Forecast, tf.Tensor]:
            return forecast_frame(self.generator, maps)

        made = []
        for forecast, after in unroll(step, maps, range(num_frames)):
            made.append(forecast)
            maps = after
        return made, maps


def build_forecaster(config: Config) -> Forecaster:
    """Returns an untrained forecaster for `config`."""
    labels = labels_of(config)
    assert labels is not None  # the configuration was checked
    return Forecaster(config.generator, labels.num_labels, name="forecaster")


def _cut(clip: Batch, first: int, last: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Returns maps, flow and confidence of frames first .. last - 1."""
    pairs = slice(first - 1, last - 1)
    return (
        clip["maps"][:, first:last],
        clip["flow"][:, pairs],
        clip["flow_confidence"][:, pairs],
    )
