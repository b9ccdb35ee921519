"""Names of the losses a stage has, their means, and which went bad first."""

from __future__ import annotations

import math

import pytest
import tensorflow as tf

from tests.models.conftest import stage
from v2v_tf.models.common.loss_meter import LossMeter


@pytest.mark.parametrize(
    ("overrides", "num_frames", "chunk"),
    [
        pytest.param((), 7, 7, marks=pytest.mark.slow),
        (("generator.use_flow=false", "losses.feature_matching=0"), 2, 2),
        (("losses.warp=0", "losses.l1=0", "losses.mask=0"), 4, 3),
        (("discriminator.num_temporal_scales=0", "losses.flow_warp=0"), 3, 1),
    ],
)
def test_a_step_has_the_losses_that_are_named(
    make_config, make_batch, make_model, eager, overrides, num_frames, chunk
):
    model = make_model(make_config(*overrides))
    model.set_stage(stage(num_frames, chunk))
    model.train_step(make_batch(2 + num_frames))
    # None was left out, and one that is not named would be an error.
    counts = dict(zip(model.meter.names, model.meter.counts.numpy(), strict=True))
    assert min(counts.values()) >= 1
    chunks = math.ceil(num_frames / chunk)
    assert counts["generator/total"] == counts["discriminator/total"] == chunks


@pytest.mark.parametrize(
    "overrides", [(), ("losses.feature_matching=0", "losses.l1=0", "losses.gan=0")]
)
def test_a_step_of_single_images_has_the_losses_that_are_named(
    image_config, make_batch, make_model, eager, overrides
):
    model = make_model(image_config(*overrides))
    model.set_stage(stage(3, 2))
    model.train_step(make_batch(3))
    assert model.meter.counts.numpy().tolist() == [2.0] * len(model.meter.names)
    extra = [] if overrides else ["feature_matching", "l1"]
    assert sorted(model.meter.names) == sorted(
        [
            *(f"generator/{name}" for name in ("gan", "total", *extra)),
            *(f"discriminator/image_{name}" for name in ("real", "fake")),
            "discriminator/total",
        ]
    )


def test_a_mean_is_over_the_updates_that_had_the_loss():
    meter = LossMeter(["a", "b", "c"])
    meter.update_state({"a": tf.constant(2.0), "b": tf.constant(5.0)})
    meter.update_state({"a": tf.constant(4.0)})
    assert {k: float(v) for k, v in meter.result().items()} == {"a": 3, "b": 5, "c": 0}
    assert meter.first_bad() is None
    with pytest.raises(KeyError, match="'d' is none of"):
        meter.update_state({"d": tf.constant(1.0)})
    meter.reset_state()
    meter.update_state({"c": tf.constant(7.0)})
    assert {k: float(v) for k, v in meter.result().items()} == {"a": 0, "b": 0, "c": 7}


def test_the_first_bad_loss_is_the_one_that_was_bad_for_longest():
    meter = LossMeter(["a", "b", "total"])
    one, bad = tf.constant(1.0), tf.constant(math.inf)
    meter.update_state({"a": one, "b": one, "total": one})
    meter.update_state({"a": one, "b": bad, "total": bad})
    meter.update_state({"a": bad, "b": bad, "total": bad})
    assert meter.first_bad() == "b"
