"""Rates that reach the optimisers, the history file, stopping on a bad loss."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import OptimizerConfig, StageConfig
from v2v_tf.errors import InputError
from v2v_tf.models.common.loss_meter import LossMeter
from v2v_tf.training.callbacks import (
    LinearRate,
    LossHistory,
    ResumedLosses,
    StopOnBadLoss,
)
from v2v_tf.training.curriculum import Span


class Quadratic(tf.keras.Model):
    """One weight and two optimisers, as far as the callbacks look."""

    def __init__(self) -> None:
        super().__init__()
        self.meter = LossMeter(["generator/l1", "generator/flow"])
        self.weight = tf.Variable(4.0)
        self.compile()
        self.generator_optimizer = tf.keras.optimizers.legacy.SGD(1.0)
        self.discriminator_optimizer = tf.keras.optimizers.legacy.SGD(1.0)

    def set_learning_rates(self, generator: float, discriminator: float) -> None:
        self.generator_optimizer.learning_rate = generator
        self.discriminator_optimizer.learning_rate = discriminator

    def train_step(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        self.generator_optimizer.apply_gradients([(tf.ones([]), self.weight)])
        self.meter.update_state(
            {"generator/l1": self.weight + 0.0, "generator/flow": data[0]}
        )
        return self.meter.result()

    @property
    def metrics(self) -> list:
        return [self.meter]


def dataset(*values: float) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(np.float32(values)).batch(1).repeat()


@pytest.mark.parametrize(("ttur", "factors"), [(False, (1, 1)), (True, (0.5, 2))])
def test_the_rate_reaches_the_traced_step_of_both_sides(ttur, factors):
    model = Quadratic()
    stage = StageConfig(epochs=2, learning_rate=0.5, end_learning_rate=0.25)
    span = Span(stage, index=1, first_epoch=5, first_step=10, epoch_steps=2)
    model.fit(
        dataset(0.0),
        initial_epoch=5,
        epochs=7,
        steps_per_epoch=2,
        verbose=0,
        callbacks=[LinearRate(span, OptimizerConfig(ttur=ttur))],
    )
    generator, discriminator = factors
    assert float(model.weight) == pytest.approx(4 - generator * (2 * 0.5 + 2 * 0.25))
    rate = float(model.discriminator_optimizer.learning_rate)
    assert rate == pytest.approx(discriminator * 0.25)


def test_the_history_grows_over_stages(tmp_path):
    history = LossHistory(tmp_path / "history.json")
    model = Quadratic()
    for first in (0, 2):
        model.fit(
            dataset(7.0),
            initial_epoch=first,
            epochs=first + 2,
            steps_per_epoch=1,
            verbose=0,
            callbacks=[history],
        )
        epochs = json.loads(history.path.read_text())
        assert [entry["epoch"] for entry in epochs] == list(range(1, first + 3))
    assert epochs[0] == {"epoch": 1, "generator/l1": 3.0, "generator/flow": 7.0}
    # A run that goes on after two epochs makes the others again.
    assert LossHistory(history.path, epochs=2).epochs == epochs[:2]
    assert epochs[3] == {"epoch": 4, "generator/l1": 0.0, "generator/flow": 7.0}
    assert [path.name for path in tmp_path.iterdir()] == ["history.json"]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_training_stops_at_a_bad_loss_and_names_it(bad):
    model = Quadratic()
    with pytest.raises(InputError, match=r"'generator/flow' is -?(nan|inf) at step 3"):
        model.fit(
            dataset(1.0, 2.0, bad, 3.0),
            steps_per_epoch=4,
            verbose=0,
            callbacks=[StopOnBadLoss()],
        )
    assert float(model.weight) == 1.0  # three steps, not four


def test_losses_of_a_half_done_epoch_are_counted_with_the_rest():
    model = Quadratic()
    # Two steps before, of 10 and 20.
    model.meter.update_state({"generator/flow": tf.constant(10.0)})
    model.meter.update_state({"generator/flow": tf.constant(20.0)})
    gathered = [v.numpy() for v in model.meter.variables]
    log = model.fit(
        dataset(60.0),
        epochs=2,
        steps_per_epoch=1,
        verbose=0,
        callbacks=[ResumedLosses(gathered)],
    ).history
    assert log["generator/flow"] == [30.0, 60.0]
