"""The loss terms of the forecaster: names in the order of checkpoints."""

from __future__ import annotations

import pytest

from v2v_tf.config import LossConfig
from v2v_tf.models.forecaster.objective import loss_names


@pytest.mark.parametrize(
    ("weights", "names"),
    [
        (LossConfig(), ["cross_entropy", "flow_l1", "total"]),
        (LossConfig(cross_entropy=0.0, flow=0.0), ["cross_entropy", "total"]),
    ],
)
def test_names_keep_the_order_that_checkpoints_have(weights, names):
    assert loss_names(weights) == [f"generator/{name}" for name in names]
