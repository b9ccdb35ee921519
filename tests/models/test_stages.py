"""Stages of fewer scales, and optimisers that begin afresh with new weights."""

from __future__ import annotations

import dataclasses

import pytest
import tensorflow as tf

from tests.models.conftest import assert_losses, changed, stage, weights_of
from v2v_tf.errors import InputError
from v2v_tf.models.common.loss_terms import tag_losses
from v2v_tf.models.vid2vid import clip_windows

NUM_PAST = 2
TWO_SCALES = ("generator.num_scales=2", "generator.num_filters=4")


def copy_weights(old: tf.keras.Model, new: tf.keras.Model) -> None:
    for weight, value in zip(new.weights, old.weights, strict=True):
        weight.assign(value)


def test_a_stage_of_fewer_scales_is_a_coarser_model_on_pooled_frames(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config(*TWO_SCALES, "discriminator.num_scales=3"))
    # A copy is twice as wide as the one at twice the resolution.
    coarse = make_model(
        make_config(
            *("generator.num_filters=4", "discriminator.num_filters=6"),
            "discriminator.num_scales=2",
        )
    )
    copy_weights(model.generator.scales[0], coarse.generator.scales[0])
    for old, new in zip(model.discriminators, coarse.discriminators, strict=True):
        for finer, copy in zip(old.copies[1:], new.copies, strict=True):
            copy_weights(finer, copy)
    batch = make_batch(NUM_PAST + 3)
    model.set_stage(dataclasses.replace(stage(3, 3), num_scales=1))
    assert (model.num_scales, model.num_downsamplings) == (1, 1)

    clip = clip_windows.at_scale(coarse.encode(batch), 1)
    assert clip["frames"].shape == (1, 5, 8, 16, 3)
    window = clip_windows.cut_window(clip, NUM_PAST, NUM_PAST + 3, None)
    states = coarse.first_states(clip)
    result = coarse.objective.chunk(window, states, None, 0)
    expected = {k: float(v) for k, v in tag_losses(result.losses).items()}
    assert_losses(model.test_step(batch), expected)


@pytest.mark.slow
def test_a_stage_of_fewer_scales_trains_those_alone(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config(*TWO_SCALES), 1e-3, 1e-3)
    model.set_stage(dataclasses.replace(stage(3, 3), num_scales=1))
    coarse, finest = model.generator.scales
    full, half = model.image_discriminator.copies
    networks = (coarse, half, finest, full)
    before = [weights_of(network) for network in networks]
    model.train_step(make_batch(NUM_PAST + 3))
    moved = [any(changed(b, n)) for b, n in zip(before, networks, strict=True)]
    assert moved == [True, True, False, False]
    flow = stage(2, 2, "flow")
    model.set_stage(dataclasses.replace(flow, num_scales=1))
    before = [weights_of(network) for network in (coarse, finest)]
    model.train_step(make_batch(NUM_PAST + 2))
    assert any(changed(before[0], coarse)) and not any(changed(before[1], finest))


@pytest.mark.parametrize(
    ("change", "generator", "discriminators"),
    [
        pytest.param({}, 1, 1, marks=pytest.mark.slow),
        pytest.param(
            {"num_frames": 2, "chunk_frames": 1}, 1, 1, marks=pytest.mark.slow
        ),
        ({"train_scales": "finest"}, 0, 1),
        pytest.param({"kind": "flow"}, 0, 1, marks=pytest.mark.slow),
        ({"num_scales": 1}, 0, 0),
    ],
)
def test_optimisers_forget_where_other_weights_train(
    make_config, make_batch, make_model, eager, change, generator, discriminators
):
    model = make_model(make_config(*TWO_SCALES), 1e-3, 1e-3)
    model.set_stage(stage(3, 3))
    model.train_step(make_batch(NUM_PAST + 3))
    model.set_stage(dataclasses.replace(stage(3, 3), **change))
    for name, subnetwork in model.subnetworks.items():
        kept = generator if name == "generator" else discriminators
        has_groups = name != "temporal_s1"  # which spans seven frames
        steps, *moments = subnetwork.optimizer.weights
        assert int(steps) == (kept if has_groups else 0), name
        assert any(m.numpy().any() for m in moments) == bool(kept and has_groups), name


@pytest.mark.parametrize(
    ("overrides", "change", "message"),
    [
        ((), {"num_scales": 3}, r"0 \(all\) \.\. 2 .*, got 3"),
        (("discriminator.num_scales=1",), {"num_scales": 1}, "raise it above 1"),
        ((), {"bptt_frames": 0}, "bptt_frames must be 1 or more, got 0"),
        (
            ("runtime.gradient_checkpointing=true",),
            {"bptt_frames": 2},
            "bptt_frames to 1",
        ),
    ],
)
def test_stages_that_cannot_train(make_config, make_model, overrides, change, message):
    model = make_model(make_config(*TWO_SCALES, *overrides))
    with pytest.raises(InputError, match=message):
        model.set_stage(dataclasses.replace(stage(3, 3), **change))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "then", "coarse_moves"),
    [
        ("finest", "all", (False, True)),
        pytest.param("all", "finest", (True, False), marks=pytest.mark.slow),
    ],
)
def test_a_traced_step_trains_what_the_stage_of_the_day_says(
    make_config, make_batch, make_model, first, then, coarse_moves
):
    model = make_model(make_config(*TWO_SCALES), 1e-3, 1e-3)
    coarse, finest = model.generator.scales
    for train_scales, moves in zip((first, then), coarse_moves, strict=True):
        # Shapes are the same: the trace of the stage before would fit.
        model.set_stage(dataclasses.replace(stage(2, 2), train_scales=train_scales))
        before = [weights_of(network) for network in (coarse, finest)]
        model.fit(tf.data.Dataset.from_tensors(make_batch(NUM_PAST + 2)), verbose=0)
        assert any(changed(before[0], coarse)) == moves
        assert any(changed(before[1], finest))
