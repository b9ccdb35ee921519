"""Noise on past frames: what it is, who sees it, and that it is drawn from the step."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf import load_config
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.history_noise import HistoryNoise


def noisy(levels=8.0, seed=3, step=5, index=0, value=0.25):
    frames = tf.fill([2, 2, 32, 48, 3], value)
    return HistoryNoise(levels, seed, tf.constant(step, tf.int64))(frames, index)


def test_it_has_the_deviation_that_is_asked_for():
    added = noisy().numpy() - 0.25
    assert added.std() * 127.5 == pytest.approx(8.0, rel=0.02)
    assert abs(added.mean()) * 127.5 < 0.2
    # Each frame of each example has noise of its own.
    assert np.abs(added[0, 0] - added[1, 0]).max() > 0.01
    assert np.abs(added[0, 0] - added[0, 1]).max() > 0.01


def test_frames_stay_in_their_range():
    assert float(tf.reduce_max(noisy(value=0.99))) == 1.0


def test_it_follows_from_seed_step_and_frame():
    for changes in ({}, {"seed": 4}, {"step": 6}, {"index": 1}):
        same = np.array_equal(noisy(), noisy(**changes))
        assert same == (not changes)


def test_only_the_generator_sees_it(make_config, make_batch, make_model, eager):
    """The states that go on hold what was made, without the noise."""
    model = make_model(make_config())
    batch = make_batch(2 + 3)
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1
    states = model.generator.init_states(channels[:, :2], frames[:, :2])
    made, after = {}, {}
    for levels in (0.0, 20.0):
        noise = HistoryNoise(levels, 0, tf.constant(1)) if levels else None
        output, after[levels] = generate_chunk(
            model.generator, channels[:, 2:], states, noise=noise
        )
        made[levels] = output.fake_frames.numpy()
    assert np.abs(made[0.0] - made[20.0])[:, 0].max() > 1e-3
    for levels, result in made.items():
        np.testing.assert_array_equal(after[levels].frames[0], result[:, 1:])
    one, _ = generate_chunk(
        model.generator,
        channels[:, 2:3],
        states,
        noise=HistoryNoise(20.0, 0, tf.constant(1)),
    )
    np.testing.assert_allclose(one.fake_frames[:, 0], made[20.0][:, 0], atol=1e-6)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (("curriculum.1.history_noise=-1",), "history_noise must be 0 or more"),
        (
            ("curriculum.1.history_noise=4", "runtime.gradient_checkpointing=true"),
            "a second time, without noise",
        ),
    ],
)
def test_what_it_does_not_go_with(overrides, message):
    config = load_config("test/toy_street", overrides)
    from v2v_tf.config.checks import check_stage

    with pytest.raises(InputError, match=message):
        check_stage(config.curriculum[1], config)


def test_a_model_without_past_frames_has_none():
    from v2v_tf.config.checks import check_stage

    changed = ("curriculum.0.history_noise=4",)
    config = load_config("test/toy_street_first_frame", changed)
    with pytest.raises(InputError, match="of past frames, which need model: vid2vid"):
        check_stage(config.curriculum[0], config)
