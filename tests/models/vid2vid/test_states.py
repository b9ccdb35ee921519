"""Streams, chunks and clips are one computation; its state is explicit."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import GeneratorConfig
from v2v_tf.layers.pyramid import halve
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.frame import FrameOutput
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.states import States, generate_frame, stack_time

CHANNELS = 2


def make(**overrides) -> SequentialGenerator:
    tf.keras.utils.set_random_seed(4)
    sizes = {"num_filters": 4, "num_downsamples": 1, "num_blocks": 2}
    config = GeneratorConfig(**{**sizes, "num_local_blocks": 1, **overrides})
    return SequentialGenerator(config, CHANNELS)


@pytest.fixture(
    scope="module",
    params=[1, pytest.param(2, marks=pytest.mark.slow)],
    ids=["one scale", "two scales"],
)
def generator(request) -> SequentialGenerator:
    return make(num_scales=request.param)


@pytest.fixture(scope="module")
def clip() -> tuple[tf.Tensor, tf.Tensor]:
    """Conditions [2, 7, 8, 12, 2] and first frames [2, 2, 8, 12, 3]."""
    conditions = tf.random.stateless_uniform([2, 7, 8, 12, CHANNELS], [1, 2])
    frames = tf.random.stateless_uniform([2, 2, 8, 12, 3], [3, 4], -1.0, 1.0)
    return conditions, frames


def stream(generator, clip, raw_only=False) -> tuple[list[FrameOutput], States]:
    conditions, frames = clip
    states = generator.init_states(conditions[:, :2], frames)
    outputs = []
    for t in range(2, 7):
        output, states = generate_frame(generator, conditions[:, t], states, raw_only)
        outputs.append(output)
    return outputs, states


def assert_same(chunk: FrameOutput, outputs: list[FrameOutput]) -> None:
    for name in FrameOutput._fields:
        expected = np.stack([getattr(output, name) for output in outputs], axis=1)
        np.testing.assert_allclose(getattr(chunk, name), expected, atol=1e-5)


def test_time_moves_into_channels_oldest_first():
    sequence = tf.reshape(tf.range(2 * 3 * 4 * 5 * 2), [2, 3, 4, 5, 2])
    stacked = stack_time(sequence).numpy()
    assert stacked.shape == (2, 4, 5, 6)
    for t in range(3):
        np.testing.assert_array_equal(stacked[..., 2 * t : 2 * t + 2], sequence[:, t])


def test_a_frame_reads_its_window_and_past_frames_oldest_first(generator, clip):
    conditions, frames = clip
    output, states = generate_frame(
        generator, conditions[:, 2], generator.init_states(conditions[:, :2], frames)
    )
    first = [tf.concat([frames[:, 0], frames[:, 1]], -1)]
    if len(generator.scales) == 2:
        first.insert(0, halve(first[0]))
    *_, expected = generator(
        tf.concat([conditions[:, 0], conditions[:, 1], conditions[:, 2]], -1),
        tuple(first),
    )
    np.testing.assert_allclose(output.fake_frames, expected.fake_frames, atol=1e-6)
    np.testing.assert_allclose(output.flow, expected.flow, atol=1e-4)
    np.testing.assert_array_equal(states.conditions, conditions[:, 1:3])
    np.testing.assert_array_equal(states.frames[-1][:, 0], frames[:, 1])
    np.testing.assert_array_equal(states.frames[-1][:, 1], output.fake_frames)


def test_a_chunk_equals_the_stream(generator, clip):
    conditions, frames = clip
    outputs, last = stream(generator, clip)
    chunk, states = generate_chunk(
        generator, conditions[:, 2:], generator.init_states(conditions[:, :2], frames)
    )
    assert chunk.fake_frames.shape == [2, 5, 8, 12, 3]
    assert_same(chunk, outputs)
    for state, expected in zip(
        tf.nest.flatten(states), tf.nest.flatten(last), strict=True
    ):
        np.testing.assert_allclose(state, expected, atol=1e-5)


def test_two_chunks_equal_one(generator, clip):
    conditions, frames = clip
    states = generator.init_states(conditions[:, :2], frames)
    first, states = generate_chunk(generator, conditions[:, 2:4], states)
    second, _ = generate_chunk(generator, conditions[:, 4:], states)
    outputs, _ = stream(generator, clip)
    assert_same(first, outputs[:2])
    assert_same(second, outputs[2:])


def test_generated_frames_come_back_as_past_frames(generator, clip):
    conditions, frames = clip
    outputs, _ = stream(generator, clip)
    other, _ = stream(generator, (conditions, frames[:, ::-1]))
    # The order of the first two frames matters, and not to the first output alone.
    for t in (0, 1, 2):
        difference = np.abs(outputs[t].fake_frames - other[t].fake_frames)
        assert difference.max() > 1e-3


def test_all_frames_of_a_chunk_or_its_first_may_be_raw(generator, clip):
    conditions, frames = clip
    states = generator.init_states(conditions[:, :2], frames)
    outputs, _ = stream(generator, clip, raw_only=True)
    chunk, _ = generate_chunk(generator, conditions[:, 2:], states, raw_frames=5)
    assert_same(chunk, outputs)
    np.testing.assert_array_equal(chunk.fake_frames, chunk.raw_frames)

    one, _ = generate_chunk(generator, conditions[:, 2:], states, raw_frames=1)
    same = [
        np.array_equal(one.fake_frames[:, t], one.raw_frames[:, t]) for t in range(5)
    ]
    assert same == [True, False, False, False, False]
    np.testing.assert_allclose(one.fake_frames[:, 0], outputs[0].fake_frames, atol=1e-5)


def test_without_flow_there_is_nothing_to_stack(clip):
    network = make(use_flow=False)
    conditions, frames = clip
    chunk, _ = generate_chunk(
        network, conditions[:, 2:4], network.init_states(conditions[:, :2], frames)
    )
    assert chunk.flow is chunk.mask is chunk.warped_frames is None
    assert chunk.fake_frames.shape == [2, 2, 8, 12, 3]


def test_no_gradient_enters_the_pass_of_the_frame_before(generator, clip):
    conditions, frames = clip
    current = conditions[:, 2:4]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(current)
        chunk, _ = generate_chunk(
            generator, current, generator.init_states(conditions[:, :2], frames)
        )
        of_first = tf.reduce_sum(chunk.fake_frames[:, 0])
        of_second = tf.reduce_sum(chunk.fake_frames[:, 1] * chunk.mask[:, 1])
    # A condition reaches a later frame by state alone, which is detached.
    by_first, by_second = (tape.gradient(x, current) for x in (of_first, of_second))
    assert float(tf.reduce_max(tf.abs(by_first[:, 0]))) > 0
    assert not np.any(by_first[:, 1])
    assert not np.any(by_second[:, 0])
    assert float(tf.reduce_max(tf.abs(by_second[:, 1]))) > 0


@pytest.mark.parametrize(
    ("overrides", "raw_frames"),
    [
        pytest.param({"num_scales": 2}, 1, marks=pytest.mark.slow),
        pytest.param({"num_frames": 2}, 0, marks=pytest.mark.slow),
        pytest.param({"use_flow": False}, 4, marks=pytest.mark.slow),
    ],
    ids=str,
)
def test_recomputing_changes_neither_frames_nor_gradients(clip, overrides, raw_frames):
    conditions, frames = clip
    network = make(**overrides)
    network.build_weights()
    found = []
    for recompute in (False, True):
        network.recompute = recompute

        @tf.function(autograph=False)
        def step(current, network=network):
            with tf.GradientTape() as tape:
                tape.watch(current)
                num = network.num_prev_frames
                states = network.init_states(conditions[:, :num], frames[:, :num])
                output, after = generate_chunk(network, current, states, raw_frames)
                loss = tf.reduce_mean(output.fake_frames[:, 1] ** 3)
                loss += tf.reduce_mean(output.raw_frames**2)
                if output.flow is not None:
                    loss += tf.reduce_mean(output.flow[:, 2]) / 7
            weights = network.trainable_variables
            gradients = tape.gradient(
                loss, [current, *weights], unconnected_gradients="zero"
            )
            return [t for t in output if t is not None], after, gradients

        found.append(step(conditions[:, 2:5]))
        graph = step.get_concrete_function(conditions[:, 2:5]).graph
        # That it recomputes at all: only then are there loops.
        loops = [op for op in graph.get_operations() if "While" in op.type]
        assert bool(loops) is recompute
    for kept, again in zip(*map(tf.nest.flatten, found), strict=True):
        np.testing.assert_allclose(kept, again, rtol=1e-3, atol=1e-5)
    assert found[1][2][0].shape == (2, 3, 8, 12, CHANNELS)
