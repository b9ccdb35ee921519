"""Rates that reach the optimisers, the history file, stopping on a bad loss."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import StageConfig
from v2v_tf.errors import InputError
from v2v_tf.training.callbacks import LinearRate, LossHistory, StopOnBadLoss


class Quadratic(tf.keras.Model):
    """One weight and two optimisers, as far as the callbacks look."""

    def __init__(self) -> None:
        super().__init__()
        self.weight = tf.Variable(4.0)
        self.compile()
        self.generator_optimizer = tf.keras.optimizers.legacy.SGD(1.0)
        self.discriminator_optimizer = tf.keras.optimizers.legacy.SGD(1.0)

    def train_step(self, data: tf.Tensor) -> dict[str, tf.Tensor]:
        self.generator_optimizer.apply_gradients([(tf.ones([]), self.weight)])
        return {"generator/l1": self.weight + 0.0, "generator/flow": data[0]}


def dataset(*values: float) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensor_slices(np.float32(values)).batch(1).repeat()


def test_the_rate_reaches_the_traced_step_of_both_players():
    model = Quadratic()
    stage = StageConfig(epochs=2, learning_rate=0.5, end_learning_rate=0.25)
    model.fit(
        dataset(0.0),
        initial_epoch=5,
        epochs=7,
        steps_per_epoch=2,
        verbose=0,
        callbacks=[LinearRate(stage, 5)],
    )
    assert float(model.weight) == pytest.approx(4 - 2 * 0.5 - 2 * 0.25)
    assert float(model.discriminator_optimizer.learning_rate) == 0.25


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
