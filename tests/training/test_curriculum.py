"""Rates by epoch of a stage; those of the recipes are in `test_presets.py`."""

import pytest

from v2v_tf.config import StageConfig
from v2v_tf.training.curriculum import learning_rate


def test_linear_from_the_first_epoch_to_the_last():
    stage = StageConfig(epochs=4, learning_rate=8e-4, end_learning_rate=2e-4)
    assert [learning_rate(stage, epoch) for epoch in range(4)] == pytest.approx(
        [8e-4, 6e-4, 4e-4, 2e-4]
    )


@pytest.mark.parametrize(
    "stage",
    [
        StageConfig(epochs=3, learning_rate=5e-4),
        StageConfig(epochs=1, learning_rate=5e-4, end_learning_rate=1e-5),
    ],
    ids=["no end", "one epoch"],
)
def test_constant(stage):
    rates = [learning_rate(stage, epoch) for epoch in range(stage.epochs)]
    assert rates == [5e-4] * stage.epochs
