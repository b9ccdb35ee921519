"""Scalars, read back from the event files that a real `fit` leaves."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import StageConfig
from v2v_tf.models.common.optimizers import with_loss_scale
from v2v_tf.training import summaries
from v2v_tf.training.summaries import Summaries

STAGE = StageConfig(num_frames=7)
SGD = tf.keras.optimizers.legacy.SGD


class Echo(tf.keras.Model):
    """Logs the mean of its inputs since the epoch began, and ten times their last."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = tf.keras.metrics.Mean()
        self.compile()
        self.generator_optimizer = with_loss_scale(SGD(0.25))
        self.discriminator_optimizer = SGD(0.5)

    @property
    def metrics(self) -> list[tf.keras.metrics.Metric]:
        return [self.mean]

    def train_step(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        self.mean.update_state(data)
        return {
            "generator/gan": self.mean.result(),
            "discriminator/image_real": 10.0 * data[0],
        }


class Clock(tf.keras.callbacks.Callback):
    """Goes on at the first batch of all, at each batch, and between epochs."""

    def __init__(self, first: float, batch: float, epoch: float) -> None:
        super().__init__()
        self.first, self.batch, self.epoch = first, batch, epoch
        self.now = 1000.0

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        self.now += self.first or self.batch
        self.first = 0.0

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.now += self.epoch

    def perf_counter(self) -> float:
        """Stands in for `time.perf_counter`."""
        return self.now


def fit(
    callbacks: list,
    *values: float,
    epochs: int = 1,
    first_epoch: int = 0,
    model: Echo | None = None,
) -> None:
    """Fits on all values in each epoch, one a step."""
    dataset = tf.data.Dataset.from_tensor_slices(np.float32(values)).batch(1).repeat()
    (model or Echo()).fit(
        dataset,
        initial_epoch=first_epoch,
        epochs=first_epoch + epochs,
        steps_per_epoch=len(values),
        verbose=0,
        callbacks=callbacks,
    )


def test_losses_at_multiples_of_global_steps_and_at_ends_of_epochs(
    tmp_path, read_scalars
):
    summaries = Summaries(tmp_path, STAGE, 48, first_step=9, log_steps=4)
    # Steps 10 to 14 and 15 to 19.
    fit([summaries], 1, 2, 6, 7, 9, epochs=2, first_epoch=3)
    points = read_scalars(tmp_path / "train")
    assert points["generator/gan"] == [(12, 3.0), (14, 5.0), (16, 1.5), (19, 5.0)]
    assert points["discriminator/image_real"] == [
        *((12, 60.0), (14, 90.0), (16, 20.0), (19, 90.0)),
    ]
    assert summaries.step == 19


def test_an_end_of_epoch_that_is_a_multiple_is_written_once(tmp_path, read_scalars):
    fit([Summaries(tmp_path, STAGE, 48, first_step=0, log_steps=2)], 3, 5, 4, 8)
    points = read_scalars(tmp_path / "train")
    assert points["generator/gan"] == [(2, 4.0), (4, 5.0)]


def test_rates_and_curriculum_with_and_without_a_loss_scale(tmp_path, read_scalars):
    class Rates(tf.keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
            self.model.generator_optimizer.learning_rate = 2.0**-epoch
            self.model.discriminator_optimizer.learning_rate = 3.0 * 2.0**-epoch

    fit([Rates(), Summaries(tmp_path, STAGE, 48, first_step=0)], 1, epochs=3)
    points = read_scalars(tmp_path / "train")
    assert points["optim/lr_g"] == [(1, 1.0), (2, 0.5), (3, 0.25)]
    assert points["optim/lr_d"] == [(1, 3.0), (2, 1.5), (3, 0.75)]
    assert points["curriculum/num_frames"] == [(1, 7.0), (2, 7.0), (3, 7.0)]
    assert points["curriculum/height"] == [(1, 48.0), (2, 48.0), (3, 48.0)]


def test_stages_follow_one_another(tmp_path, read_scalars):
    first = Summaries(tmp_path, STAGE, 48, first_step=0, log_steps=50)
    fit([first], 1, 3)
    other = StageConfig(num_frames=12)
    fit([Summaries(tmp_path, other, 96, first.step, log_steps=50)], 5, 6, 7)
    points = read_scalars(tmp_path / "train")
    assert points["generator/gan"] == [(2, 2.0), (5, 6.0)]
    assert points["curriculum/num_frames"] == [(2, 7.0), (5, 12.0)]
    assert points["curriculum/height"] == [(2, 48.0), (5, 96.0)]


def test_the_rate_is_of_steps_alone(tmp_path, read_scalars, monkeypatch):
    # A step takes a quarter of a second; tracing (the first step) and the end of an
    # epoch take far more.
    clock = Clock(64.0, 0.25, 32.0)
    monkeypatch.setattr(summaries, "time", clock)
    measured = Summaries(tmp_path, STAGE, 48, first_step=0, log_steps=3)
    fit([measured, clock], 1, 2, 3, 4, 5, epochs=2)
    rates = read_scalars(tmp_path / "train")["perf/steps_per_second"]
    assert rates == [(step, 4.0) for step in (3, 5, 6, 9, 10)]


def test_an_epoch_s_points_are_on_disk_at_its_end(tmp_path, read_scalars):
    seen = []

    class Reader(tf.keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
            # Written last: it is the one that could still wait in a queue.
            seen.append(read_scalars(tmp_path / "train")["perf/steps_per_second"])

    fit([Summaries(tmp_path, STAGE, 48, first_step=0), Reader()], 1, 4, epochs=2)
    assert [[step for step, _ in points] for points in seen] == [[2], [2, 4]]


def test_a_folder_that_cannot_be_made_stops_training(tmp_path):
    (tmp_path / "train").write_text("in the way")
    with pytest.raises(tf.errors.OpError):
        fit([Summaries(tmp_path, STAGE, 48, first_step=0)], 1, 2)
