"""Tables of loss terms: which rows apply, their values, and their names in logs."""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.config import LossConfig
from v2v_tf.models.common.loss_terms import (
    LossTerm,
    compute_terms,
    tag_losses,
    tag_names,
    total,
    weighted_terms,
)

TABLE = (
    LossTerm("b", lambda weights: weights.l1, lambda pair: pair[0]),
    LossTerm("a", lambda weights: weights.warp, lambda pair: pair[0] * pair[1]),
    LossTerm("c", lambda weights: weights.mask, lambda pair: pair[1], always=True),
)


def test_terms_are_weighted_in_the_order_of_the_table():
    pair = (tf.constant(3.0), tf.constant(5.0))
    losses = compute_terms(TABLE, LossConfig(l1=2.0, warp=0.5, mask=7.0), pair)
    assert {name: float(x) for name, x in losses.items()} == {"b": 6, "a": 7.5, "c": 35}
    assert list(losses) == ["b", "a", "c"]


def test_a_weight_of_zero_leaves_a_term_out_unless_it_is_there_always():
    def fail(_):
        raise AssertionError("computed")

    weights = LossConfig(l1=0.0, warp=0.0, mask=0.0)
    rows = (LossTerm("b", lambda w: w.l1, fail), *TABLE[1:])
    assert [term.name for term in weighted_terms(rows, weights)] == ["c"]
    losses = compute_terms(rows, weights, (tf.constant(3.0), tf.constant(5.0)))
    assert {name: float(x) for name, x in losses.items()} == {"c": 0.0}


def test_totals_stand_behind_the_terms_of_their_side():
    assert tag_names(["l1", "gan"], ["image_real"]) == [
        *("generator/l1", "generator/gan", "generator/total"),
        *("discriminator/image_real", "discriminator/total"),
    ]
    assert tag_names(["flow"], []) == ["generator/flow", "generator/total"]


def test_losses_have_the_names_of_logs_and_discriminators_halve_their_sum():
    losses = {
        "generator": {"l1": tf.constant(3.0), "gan": tf.constant(4.0)},
        "image": {"image_real": tf.constant(1.0)},
        "temporal_s0": {"temporal_s0_fake": tf.constant(4.0)},
    }
    assert float(total("generator", losses["generator"])) == 7.0
    assert float(total("temporal_s0", losses["temporal_s0"])) == 2.0
    tagged = {name: float(value) for name, value in tag_losses(losses).items()}
    assert tagged == {
        "generator/l1": 3.0,
        "generator/gan": 4.0,
        "generator/total": 7.0,
        "discriminator/image_real": 1.0,
        "discriminator/temporal_s0_fake": 4.0,
        "discriminator/total": 2.5,
    }
    assert sorted(tagged) == sorted(
        tag_names(["l1", "gan"], ["image_real", "temporal_s0_fake"])
    )
    only = tag_losses({"generator": losses["generator"]})
    assert sorted(only) == sorted(tag_names(["l1", "gan"], []))
