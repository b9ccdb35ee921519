"""A frame that stays in sight for the whole video."""

import numpy as np
import pytest
import tensorflow as tf

from tests.untrained_runs import write_run
from v2v_tf import from_pretrained, load_config
from v2v_tf.config import GeneratorConfig
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.chunk import generate_chunk
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.states import generate_frame


def make(num_scales=1, anchor="first") -> SequentialGenerator:
    tf.keras.utils.set_random_seed(4)
    config = GeneratorConfig(
        num_filters=4,
        num_downsamples=1,
        num_blocks=2,
        num_local_blocks=1,
        num_scales=num_scales,
        anchor=anchor,
    )
    return SequentialGenerator(config, 2)


@pytest.fixture(scope="module")
def clip():
    conditions = tf.random.stateless_uniform([2, 7, 8, 12, 2], [1, 2])
    frames = tf.random.stateless_uniform([2, 2, 8, 12, 3], [3, 4], -1.0, 1.0)
    return conditions, frames


@pytest.mark.parametrize("num_scales", [1, 2])
def test_it_is_the_first_frame_and_stays(clip, num_scales):
    conditions, frames = clip
    generator = make(num_scales)
    states = generator.init_states(conditions[:, :2], frames)
    first = [of_scale[:, 0] for of_scale in states.frames]
    np.testing.assert_array_equal(first[-1], frames[:, 0])
    np.testing.assert_array_equal(states.frames[-1][:, 1:], frames)
    made = []
    for t in range(2, 7):
        output, states = generate_frame(generator, conditions[:, t], states)
        made.append(output.fake_frames)
        for of_scale, anchor in zip(states.frames, first, strict=True):
            assert of_scale.shape[1] == 3
            np.testing.assert_array_equal(of_scale[:, 0], anchor)
    np.testing.assert_array_equal(states.frames[-1][:, 1:], tf.stack(made[-2:], 1))


def test_a_chunk_is_the_same_and_the_warp_takes_the_last_frame(clip):
    conditions, frames = clip
    generator = make()
    states = generator.init_states(conditions[:, :2], frames)
    chunk, after = generate_chunk(generator, conditions[:, 2:], states)
    for t in range(2, 7):
        output, states = generate_frame(generator, conditions[:, t], states)
        np.testing.assert_allclose(
            chunk.fake_frames[:, t - 2], output.fake_frames, atol=1e-5
        )
    np.testing.assert_allclose(after.frames[0], states.frames[0], atol=1e-5)


def test_what_it_shows_is_seen_after_all_past_frames_are_gone(clip):
    conditions, frames = clip
    for anchor, seen in (("first", True), ("none", False)):
        generator = make(anchor=anchor)
        made = []
        for first in (frames, tf.concat([-frames[:, :1], frames[:, 1:]], axis=1)):
            # As if the last two frames were the same, whatever the video began with.
            states = generator.init_states(conditions[:, :2], first)
            past = tuple(
                tf.concat([x[:, : generator.config.num_anchors], frames], axis=1)
                for x in states.frames
            )
            output, _ = generate_frame(
                generator, conditions[:, 2], states._replace(frames=past)
            )
            made.append(output.fake_frames)
        assert (np.abs(made[0] - made[1]).max() > 1e-4) == seen


@pytest.mark.parametrize(
    "change", ["generator.first_frames=zeros", "runtime.gradient_checkpointing=true"]
)
def test_what_it_does_not_go_with(change):
    with pytest.raises(InputError, match=r"generator\.anchor"):
        load_config("test/toy_street", ("generator.anchor=first", change))


@pytest.mark.slow
def test_an_export_makes_the_frames_of_its_run(tmp_path):
    from v2v_tf.export.saved_model import export

    config = load_config("test/toy_street", ("generator.anchor=first",))
    run = write_run(tmp_path / "run", config, 1)
    exported = export(run, tmp_path / "model")
    rng = np.random.default_rng(3)
    clip = Clip(
        conditions=rng.integers(0, 8, [6, 32, 64, 1]).astype(np.uint8),
        frames=rng.integers(0, 256, [6, 32, 64, 3]).astype(np.uint8),
        instances=rng.integers(0, 8, [6, 32, 64]).astype(np.int32),
    )
    expected = from_pretrained(run).rollout(clip).fake_frames.astype(int)
    found = from_pretrained(exported).rollout(clip).fake_frames
    assert np.abs(expected - found).max() <= 2
