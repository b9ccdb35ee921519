"""Loss values that NVIDIA/vid2vid printed for the same arrays."""

from __future__ import annotations

import json

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.layers.warp import backward_warp
from v2v_tf.losses.adversarial import discriminator_loss, generator_loss
from v2v_tf.losses.feature_matching import feature_matching_loss
from v2v_tf.losses.flow import masked_l1

pytestmark = pytest.mark.reference
LAMBDA = 10.0
TOLERANCE = 1e-4
COPIES, SCORES = range(2), 2


@pytest.fixture(scope="module")
def arrays(reference) -> dict[str, tf.Tensor]:
    with np.load(reference / "fixtures" / "losses" / "io.npz") as file:
        return {name: tf.constant(file[name]) for name in file}


@pytest.fixture(scope="module")
def check(reference):
    """Compares a loss with the printed value of that name."""
    text = (reference / "fixtures" / "losses" / "values.json").read_text()
    values = json.loads(text)

    def compare(name: str, loss: tf.Tensor) -> None:
        assert float(loss) == pytest.approx(values[name], rel=TOLERANCE)

    return compare


def maps(arrays: dict[str, tf.Tensor], kind: str) -> list[list[tf.Tensor]]:
    return [[arrays[f"{kind}_{i}_{j}"] for j in range(SCORES + 1)] for i in COPIES]


def test_both_parts_of_the_discriminator(arrays, check):
    real, fake = ([copy[SCORES] for copy in maps(arrays, k)] for k in ("real", "fake"))
    real_part, fake_part = discriminator_loss("lsgan", real, fake)
    check("D_real", real_part)
    check("D_fake", fake_part)


def test_the_generator(arrays, check):
    scores = [copy[SCORES] for copy in maps(arrays, "fake")]
    check("G_GAN", generator_loss("lsgan", scores))


def test_feature_matching(arrays, check):
    loss = feature_matching_loss(maps(arrays, "real"), maps(arrays, "fake"))
    # The arrays have two feature maps but were weighted as four: 4 / (n_layers_D + 1).
    check("G_GAN_Feat", LAMBDA * loss * 2 / 4)


def test_flow(arrays, check):
    error = masked_l1(arrays["flow"], arrays["flow_ref"], arrays["conf"])
    check("F_Flow", LAMBDA * error)


def test_warp(arrays, check):
    warped = backward_warp(arrays["img"], arrays["flow"])
    expected = arrays["warped"].numpy()
    error = np.abs(warped - expected).max() / np.abs(expected).max()
    assert error < TOLERANCE
    check("F_Warp", LAMBDA * masked_l1(warped, arrays["tgt"], arrays["conf"]))
