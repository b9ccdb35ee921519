"""Flow stages: what they train, and what they ask for."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import assert_losses, changed, stage, weights_of
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid import clip_windows
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.states import merge_time

NUM_PAST = 2


def test_a_flow_stage_trains_what_flow_needs_and_no_more(
    make_config, make_batch, make_model, eager
):
    model = make_model(make_config("generator.use_foreground=true"), 1e-3, 1e-3)
    model.set_stage(stage(2, 2, kind="flow"))
    generator = model.generator.scales[0]
    trained = ("condition_encoder", "frame_encoder", "flow_decoder")
    heads = ("flow_head", "mask_head")
    still = (
        *("image_decoder", "image_head"),
        *("foreground_encoder", "foreground_decoder", "foreground_head"),
    )
    names = (*trained, *heads, *still)
    before = {name: weights_of(getattr(generator, name)) for name in names}
    discriminator = weights_of(model.image_discriminator)
    results = model.train_step(make_batch(NUM_PAST + 2, batch_size=2))
    assert sorted(results) == [
        *("generator/flow_l1", "generator/flow_warp", "generator/mask"),
        "generator/total",
    ]
    for name in trained:
        assert any(changed(before[name], getattr(generator, name))), name
    for name in heads:
        assert all(changed(before[name], getattr(generator, name))), name
    for name in still:
        assert not any(changed(before[name], getattr(generator, name))), name
    assert not any(changed(discriminator, model.image_discriminator))
    assert int(model.generator_optimizer.iterations) == 1


@pytest.mark.slow
def test_a_flow_stage_reads_real_past_frames_for_every_frame(
    make_config, make_batch, make_model, eager
):
    config = make_config()
    model = make_model(config)
    model.set_stage(stage(3, 3, kind="flow"))
    batch = make_batch(NUM_PAST + 3, batch_size=2)
    frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    clip = {**batch, "frames": frames}
    expected = defaultdict(list)
    for t in range(3):
        states = model.generator.init_states(
            channels[:, t : t + 2], frames[:, t : t + 2]
        )
        output, _ = generate_chunk(model.generator, channels[:, t + 2 : t + 3], states)
        target = clip_windows.flatten(clip_windows.targets(clip, NUM_PAST, t, t + 1))
        flat = type(output)(*(merge_time(x) for x in output))
        for name, value in model.objective.flow_losses(flat, target).items():
            expected[f"generator/{name}"].append(float(value))
    means = {name: float(np.mean(values)) for name, values in expected.items()}
    assert_losses(
        model.train_step(batch), {**means, "generator/total": sum(means.values())}
    )


@pytest.mark.parametrize(
    "overrides",
    [
        ("generator.use_flow=false",),
        ("losses.flow=0", "losses.flow_warp=0", "losses.mask=0"),
    ],
)
def test_a_flow_stage_without_flow_is_an_input_error(
    make_config, make_model, overrides
):
    config = make_config(*overrides)
    flow = dataclasses.replace(config.curriculum[0], name="warm", kind="flow")
    two = dataclasses.replace(config, curriculum=(config.curriculum[0], flow))
    with pytest.raises(InputError, match="stage 'warm' trains flow"):
        make_model(two)
    model = make_model(config)
    with pytest.raises(InputError, match="stage 'warm' trains flow"):
        model.set_stage(flow)
