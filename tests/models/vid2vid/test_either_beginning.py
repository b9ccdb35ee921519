"""Training of a model whose videos begin with given frames or with none."""

import numpy as np
import pytest
import tensorflow as tf

from tests.models.conftest import stage
from v2v_tf import load_config
from v2v_tf.errors import InputError
from v2v_tf.models.vid2vid.chunk import generate_chunk

EITHER = "generator.first_frames=either"


@pytest.fixture
def model(make_config, make_model):
    return make_model(make_config(EITHER))


def test_half_of_the_clips_begin_with_zeros(model, eager):
    batch = {"frames": tf.zeros([1000, 1])}
    drawn = model._raw_clips(batch).numpy()
    assert drawn.mean() == pytest.approx(0.5, abs=0.05)
    # By the step: the same again, and others after it.
    np.testing.assert_array_equal(model._raw_clips(batch), drawn)
    model.generator_optimizer.iterations.assign_add(1)
    assert not np.array_equal(model._raw_clips(batch), drawn)


def test_those_see_no_frame_and_leave_the_warp_out(model, make_batch, eager):
    clip = model.encode(make_batch(2 + 3, batch_size=2))
    raw = tf.constant([True, False])
    states = model.first_states(clip, raw)
    frames = states.frames[-1].numpy()
    assert not frames[0].any()
    np.testing.assert_array_equal(frames[1], clip["frames"][1, :2])
    output, _ = generate_chunk(model.generator, clip["channels"][:, 2:], states, 2, raw)
    made = zip(output.fake_frames, output.raw_frames, strict=True)
    same = [
        [np.array_equal(*images) for images in zip(*of_clip, strict=True)]
        for of_clip in made
    ]
    assert same == [[True, True, False], [False, False, False]]


def test_one_step_trains_both_kinds(make_config, make_model, make_batch, eager):
    model = make_model(make_config(EITHER), 1e-3, 1e-3)
    before = [v.numpy() for v in model.generator.trainable_variables]
    model.set_stage(stage(3, 2))
    batch = make_batch(2 + 3, batch_size=4)
    assert set(model._raw_clips(batch).numpy()) == {True, False}
    losses = model.train_step(batch)
    assert all(np.isfinite(float(value)) for value in losses.values())
    after = [v.numpy() for v in model.generator.trainable_variables]
    assert not all(map(np.array_equal, before, after))


def test_what_does_not_go_with_it():
    with pytest.raises(InputError, match="gradient_checkpointing begins all clips"):
        load_config(None, (EITHER, "runtime.gradient_checkpointing=true"))
    with pytest.raises(InputError, match="there may be none"):
        load_config(None, (EITHER, "generator.anchor=first"))
