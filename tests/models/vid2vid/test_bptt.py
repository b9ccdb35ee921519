"""How far gradients flow back in time."""

from __future__ import annotations

import pytest
import tensorflow as tf

from v2v_tf.models.vid2vid.chunk import generate_chunk


@pytest.mark.parametrize(
    ("bptt_frames", "expected"),
    [
        pytest.param(1, [[0], [1], [2], [3], [4]], marks=pytest.mark.slow),
        (2, [[0], [0, 1], [2], [2, 3], [4]]),
        pytest.param(3, [[0], [0, 1], [0, 1, 2], [3], [3, 4]], marks=pytest.mark.slow),
        pytest.param(
            5,
            [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 2, 3, 4]],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_gradients_flow_back_as_far_as_the_stage_lets_them(
    make_config, make_batch, make_model, eager, bptt_frames, expected
):
    model = make_model(make_config())
    batch = make_batch(2 + 5)
    channels = model.conditioning.encode(batch["conditions"], batch["instances"])
    frames = tf.cast(batch["frames"], tf.float32) / 127.5 - 1
    states = model.generator.init_states(channels[:, :2], frames[:, :2])
    current = channels[:, 2:]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch((current, states))
        output, after = generate_chunk(
            model.generator, current, states, bptt_frames=bptt_frames
        )
        values = [tf.reduce_sum(output.fake_frames[:, t] ** 2) for t in range(5)]
        left = tf.add_n([tf.reduce_sum(x) for x in tf.nest.flatten(after)])
    for value, frames_reached in zip(values, expected, strict=True):
        gradient = tape.gradient(value, current)
        reached = [t for t in range(5) if tf.reduce_any(gradient[:, t] != 0)]
        assert reached == frames_reached
        # Nothing comes in through the states, or leaves by them.
        assert tape.gradient(value, states.frames[0]) is None
    assert tape.gradient(left, current) is None
