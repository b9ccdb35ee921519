"""The loss terms of image generators: names in the order of checkpoints."""

from __future__ import annotations

import pytest

from v2v_tf.config import LossConfig
from v2v_tf.models.first_frame.objective import loss_names

SIDES = (
    *("generator/gan", "generator/feature_matching", "generator/total"),
    *("discriminator/image_real", "discriminator/image_fake", "discriminator/total"),
)


@pytest.mark.parametrize(
    ("weights", "first"),
    [
        (LossConfig(l1=3.0), ["generator/l1", "generator/perceptual"]),
        (LossConfig(l1=0.0), ["generator/perceptual"]),
        (LossConfig(l1=3.0, perceptual_weights="none"), ["generator/l1"]),
        (LossConfig(perceptual=0.0, warp=5.0, flow=7.0), []),
    ],
)
def test_names_keep_the_order_that_checkpoints_have(weights, first):
    assert loss_names(weights) == [*first, *SIDES]
