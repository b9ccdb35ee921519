"""Chunks, states and sub-networks of a training step."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import SMALL, assert_losses, changed, stage, weights_of
from v2v_tf import config as configuration
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid import clip_windows
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.temporal_groups import triplet_schedule

NUM_PAST = 2


def by_hand(model, batch, chunk: int, raw_frames: int = 0) -> dict[str, float]:
    """Returns the mean of every loss over chunks, from one roll-out of the clip."""
    config = model.experiment
    frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    first = frames[:, :NUM_PAST]
    if config.generator.first_frames == "zeros":
        first = tf.zeros_like(first)
    output, _ = generate_chunk(
        model.generator,
        channels[:, NUM_PAST:],
        model.generator.init_states(channels[:, :NUM_PAST], first),
        raw_frames,
    )
    clip = {**batch, "frames": frames}
    sums = defaultdict(list)
    num_frames = frames.shape[1] - NUM_PAST
    for start in range(0, num_frames, chunk):
        stop = min(start + chunk, num_frames)
        part = type(output)(*(x[:, start:stop] for x in output))
        before = frames[:, 1] if start == 0 else output.fake_frames[:, start - 1]
        target = clip_windows.targets(clip, NUM_PAST, start, stop)
        losses = model.objective.frame_losses(part, target, before)
        image, of_discriminators = model.objective.image_losses(
            channels[:, NUM_PAST + start : NUM_PAST + stop], target.frames, part
        )
        losses.update(image)
        num_scales = len(model.temporal_discriminators)
        for scale in range(num_scales):
            groups = triplet_schedule(start, stop - start, 3, scale, num_scales)
            if groups:
                temporal, of_groups = model.objective.temporal_losses(
                    scale, groups, clip, NUM_PAST, output.fake_frames
                )
                losses.update(temporal)
                of_discriminators.update(of_groups)
        sums["generator/total"].append(sum(map(float, losses.values())))
        total = sum(map(float, of_discriminators.values()))
        sums["discriminator/total"].append(total / 2)
        sides = {"generator": losses, "discriminator": of_discriminators}
        for group, terms in sides.items():
            for name, value in terms.items():
                sums[f"{group}/{name}"].append(float(value))
    return {name: float(np.mean(values)) for name, values in sums.items()}


@pytest.mark.parametrize("chunk", [pytest.param(4, marks=pytest.mark.slow), 3])
def test_states_and_past_frames_are_carried_across_chunks(
    make_config, make_batch, make_model, eager, chunk
):
    # Frozen optimisers, so that a long roll-out tells what every chunk must read. Nine
    # frames leave a last chunk of one, or fill three, and reach scale 1 in the second.
    model = make_model(make_config())
    model.set_stage(stage(9, chunk))
    batch = make_batch(NUM_PAST + 9, batch_size=2)
    expected = by_hand(model, batch, chunk)
    assert "generator/gan_temporal_s1" in expected
    assert_losses(model.train_step(batch), expected)


def test_the_warp_term_reads_the_last_generated_frame_without_temporal_networks(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config("discriminator.num_temporal_scales=0"))
    model.set_stage(stage(4, 2))
    batch = make_batch(NUM_PAST + 4)
    results = model.train_step(batch)
    assert_losses(results, by_hand(model, batch, 2))
    assert not any("temporal" in name for name in results)


def test_past_frames_of_zeros_make_the_first_chunk_raw(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config("generator.first_frames=zeros"))
    model.set_stage(stage(4, 2))
    batch = make_batch(NUM_PAST + 4)
    expected = by_hand(model, batch, 2, raw_frames=2)
    assert_losses(model.train_step(batch), expected)
    other = by_hand(model, batch, 2, raw_frames=4)
    assert other["generator/l1"] != pytest.approx(expected["generator/l1"], rel=1e-3)


def test_after_training_past_frames_of_zeros_make_one_frame_raw(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config("generator.first_frames=zeros"))
    batch = make_batch(NUM_PAST + 3)
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    states = model.generator.init_states(
        channels[:, :2], tf.zeros([1, 2, *channels.shape[2:4], 3])
    )
    expected, _ = generate_chunk(model.generator, channels[:, 2:], states, raw_frames=1)
    np.testing.assert_allclose(model(batch), expected.fake_frames, atol=1e-6)
    assert not np.array_equal(expected.fake_frames[:, 1], expected.raw_frames[:, 1])
    assert_losses(model.test_step(batch), by_hand(model, batch, 3, raw_frames=1))


def test_testing_is_one_free_run_and_trains_nothing(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config(), 0.1, 0.1)
    before = weights_of(model.generator), weights_of(model.image_discriminator)
    batch = make_batch(NUM_PAST + 3)
    assert_losses(model.test_step(batch), by_hand(model, batch, 3))
    assert not any(changed(before[0], model.generator))
    assert not any(changed(before[1], model.image_discriminator))


def test_calling_the_model_generates_the_clip(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config())
    batch = make_batch(NUM_PAST + 3, batch_size=2)
    frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    output, _ = generate_chunk(
        model.generator,
        channels[:, 2:],
        model.generator.init_states(channels[:, :2], frames[:, :2]),
    )
    np.testing.assert_allclose(model(batch), output.fake_frames, atol=1e-5)


def test_every_network_takes_one_step_a_chunk(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config(), 1e-3, 2e-3)
    model.set_stage(stage(8, 4))
    networks = [
        model.generator,
        model.image_discriminator,
        *model.temporal_discriminators,
    ]
    before = [weights_of(network) for network in networks]
    model.train_step(make_batch(NUM_PAST + 8))
    assert int(model.generator_optimizer.iterations) == 2
    assert int(model.discriminator_optimizer.iterations) == 2
    for weights, network in zip(before, networks, strict=True):
        assert any(changed(weights, network)), network.name


@pytest.mark.slow
def test_gradient_checkpointing_trains_the_same(
    make_config, make_batch, make_model, eager
):
    trained = []
    for value in ("false", "true"):
        config = make_config(f"runtime.gradient_checkpointing={value}")
        model = make_model(config)
        model.compile(*(tf.keras.optimizers.legacy.SGD(1e-2) for _ in range(2)))
        model.set_stage(stage(4, 2))
        assert model.generator.recompute is (value == "true")
        before = weights_of(model.generator)
        results = model.train_step(make_batch(NUM_PAST + 4))
        assert any(changed(before, model.generator))
        trained.append((results, weights_of(model.generator)))
    for one, other in zip(*map(tf.nest.flatten, trained), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_slots_of_all_networks_are_made_before_the_first_chunk(
    make_config, make_batch, make_model, eager
):
    # A traced step could not make those of a network that later chunks bring in.
    model = make_model(make_config(), 1e-3, 1e-3)
    model.set_stage(stage(1, 1))
    results = model.train_step(make_batch(NUM_PAST + 1))
    assert not any("temporal" in name for name in results)
    assert list(model.subnetworks) == [
        "generator",
        "image",
        "temporal_s0",
        "temporal_s1",
    ]
    for subnetwork in model.subnetworks.values():
        assert (
            len(subnetwork.optimizer.weights) == 1 + 2 * len(subnetwork.variables) > 3
        )


def test_each_subnetwork_steps_at_its_own_rate(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config(), 1e-3, 2e-3)
    model.set_stage(stage(3, 3))
    layers = (
        model.generator.scales[-1].image_head,
        model.image_discriminator.copies[0].score,
    )
    before = [weights_of(layer) for layer in layers]
    model.train_step(make_batch(NUM_PAST + 3))
    # The first step of Adam is the rate itself, up or down.
    for rate, weights, layer in zip((1e-3, 2e-3), before, layers, strict=True):
        step = np.abs(layer.weights[0].numpy() - weights[0])
        assert np.median(step) == pytest.approx(rate, rel=1e-2)


def test_all_gradients_come_from_before_the_step(
    make_config, make_batch, make_model, eager
):
    batch = make_batch(NUM_PAST + 3)
    trained = []
    for generator_rate in (0.0, 0.5):
        model = make_model(make_config(), generator_rate, 1e-2)
        model.set_stage(stage(3, 3))
        model.train_step(batch)
        trained.append(weights_of(model.image_discriminator))
    # However far the generator went, the discriminator was trained on its old frames.
    for one, other in zip(*trained, strict=True):
        np.testing.assert_array_equal(one, other)


def test_image_losses_stay_in_their_frame_and_groups_reach_across(
    make_config, make_batch, make_model, eager
):
    config = make_config()
    model = make_model(config)
    batch = make_batch(NUM_PAST + 3)
    frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1
    clip = {**batch, "frames": frames}
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    current = channels[:, NUM_PAST:]
    target = clip_windows.targets(clip, NUM_PAST, 1, 2)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(current)
        states = model.generator.init_states(
            channels[:, :NUM_PAST], frames[:, :NUM_PAST]
        )
        output, _ = generate_chunk(model.generator, current, states)
        second = type(output)(*(x[:, 1:2] for x in output))
        before = output.fake_frames[:, 0]
        of_second = model.objective.frame_losses(second, target, before)
        by_discriminator, _ = model.objective.image_losses(
            channels[:, NUM_PAST + 1 : NUM_PAST + 2], target.frames, second
        )
        image = tf.add_n([*of_second.values(), *by_discriminator.values()])
        of_group, _ = model.objective.temporal_losses(
            0, [(0, 1, 2)], clip, NUM_PAST, output.fake_frames
        )
        temporal = tf.add_n(list(of_group.values()))
    by_image, by_group = (tape.gradient(x, current) for x in (image, temporal))
    largest = [float(tf.reduce_max(tf.abs(by_image[:, t]))) for t in range(3)]
    assert largest[0] == largest[2] == 0.0
    assert largest[1] > 0.0
    assert all(float(tf.reduce_max(tf.abs(by_group[:, t]))) > 0.0 for t in range(3))


def test_a_step_in_mixed_precision_keeps_losses_and_weights_float32(
    make_config, make_batch, eager
):
    from v2v_tf.layers.precision import precision_scope
    from v2v_tf.models.vid2vid.model import Vid2Vid

    config = make_config("runtime.precision=mixed_bfloat16")
    tf.keras.utils.set_random_seed(1)
    with precision_scope(config.runtime):
        model = Vid2Vid(config)
    batch = make_batch(NUM_PAST + 3)
    model.build_networks(*batch["frames"].shape[2:4])
    adam = tf.keras.optimizers.legacy.Adam
    model.compile(adam(1e-3, 0.5), adam(1e-3, 0.5))
    model.set_stage(stage(3, 3))
    results = model.train_step(batch)
    assert {value.dtype for value in results.values()} == {tf.float32}
    assert all(np.isfinite(float(value)) for value in results.values())
    assert {weight.dtype for weight in model.generator.weights} == {tf.float32}


def test_the_subnetworks_weights_are_those_of_all_networks(make_config, make_model):
    model = make_model(make_config())
    networks = (model.generator, *model.discriminators)
    assert len(networks) == 4
    expected = sum(len(network.trainable_weights) for network in networks)
    subnetworks = model.subnetworks.values()
    variables = [v for subnetwork in subnetworks for v in subnetwork.variables]
    assert len({id(v) for v in variables}) == len(variables) == expected > 0


@pytest.mark.slow
def test_the_finest_scale_trains_alone_and_then_with_the_others(
    make_config, make_batch, make_model, eager
):
    config = make_config("generator.num_scales=2", "generator.num_filters=4")
    model = make_model(config, 1e-3, 1e-3)
    coarse, finest = model.generator.scales
    model.set_stage(dataclasses.replace(stage(2, 2), train_scales="finest"))
    before = [weights_of(network) for network in (coarse, finest)]
    model.train_step(make_batch(NUM_PAST + 2))
    assert not any(changed(before[0], coarse))
    assert any(changed(before[1], finest))
    model.set_stage(stage(2, 2))
    model.train_step(make_batch(NUM_PAST + 2))
    assert any(changed(before[0], coarse))
    # The heads of the coarse scale make its own past frames only: no loss reaches them.
    head = coarse.image_head.convolution
    with tf.GradientTape() as tape:
        window = {
            name: tensor[:, NUM_PAST - 1 :]
            for name, tensor in model.encode(make_batch(NUM_PAST + 2)).items()
        }
        states = model.first_states(model.encode(make_batch(NUM_PAST + 2)))
        losses = model.objective.chunk(window, states, None, 0).losses
        total = tf.add_n(list(losses["generator"].values()))
    assert tape.gradient(total, head.kernel) is None


@pytest.mark.slow
def test_float16_trains_with_a_loss_scale(make_config, make_batch, eager):
    from v2v_tf.layers.precision import precision_scope
    from v2v_tf.models.vid2vid.model import Vid2Vid

    config = make_config("runtime.precision=mixed_float16")
    tf.keras.utils.set_random_seed(1)
    with precision_scope(config.runtime):
        model = Vid2Vid(config)
    adam = tf.keras.optimizers.legacy.Adam
    model.compile(adam(1e-3, 0.5), adam(1e-3, 0.5))
    model.set_stage(stage(2, 2))
    model.build_networks(16, 32)
    before = weights_of(model.generator)
    # The first scale may overflow: it halves until a step is taken.
    for _ in range(6):
        results = model.train_step(make_batch(NUM_PAST + 2))
    assert all(np.isfinite(value) for value in results.values())
    assert any(changed(before, model.generator))
    assert model.generator_optimizer.dynamic
    assert {w.dtype for w in model.generator.weights} == {tf.float32}


@pytest.mark.slow
def test_the_face_discriminator_trains_where_a_face_is(make_model, eager):
    overrides = (
        *("task=pose", "discriminator.use_face=true", "data.resize.fine_size=32"),
        *("discriminator.num_scales=4", "generator.use_foreground=false"),
    )
    config = configuration.load_config(None, (*SMALL, *overrides))
    model = make_model(config, 1e-3, 1e-3)
    assert len(model.face_discriminator.copies) == 2
    assert model.face_discriminator in model.discriminators
    model.set_stage(stage(2, 2))
    random = np.random.default_rng(0)
    shape = (1, NUM_PAST + 2, 16, 32)
    planes = random.integers(0, 200, (*shape, 6), np.uint8)
    planes[..., 2] = 0  # no body at all
    batch = {
        "conditions": planes,
        "frames": random.integers(0, 256, (*shape, 3), np.uint8),
        "flow": np.zeros((1, NUM_PAST + 1, 16, 32, 2), np.float32),
        "flow_confidence": np.ones((1, NUM_PAST + 1, 16, 32, 1), np.float32),
    }
    before = weights_of(model.face_discriminator)
    results = model.train_step({k: tf.constant(v) for k, v in batch.items()})
    assert float(results["generator/gan_face"]) == 0.0
    assert not any(changed(before, model.face_discriminator))
    planes[:, :, 4:8, 10:14, 2] = 23  # a head part
    results = model.train_step({k: tf.constant(v) for k, v in batch.items()})
    assert float(results["generator/gan_face"]) > 0.0
    assert float(results["discriminator/face_real"]) > 0.0
    assert any(changed(before, model.face_discriminator))


@pytest.mark.parametrize(("num_frames", "chunk_frames"), [(0, 2), (3, 0)])
def test_a_stage_without_frames_is_an_input_error(
    make_config, make_model, num_frames, chunk_frames
):
    config = make_config(
        f"curriculum.0.num_frames={num_frames}",
        f"curriculum.0.chunk_frames={chunk_frames}",
    )
    with pytest.raises(InputError, match=f"got {num_frames} and {chunk_frames}"):
        make_model(config)
