"""The one door to a model, of a run or an export."""

import dataclasses

import numpy as np
import pytest

import v2v_tf
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.errors import InputError
from v2v_tf.inference.loading import open_run
from v2v_tf.inference.style_choice import StyleChoice


@pytest.fixture(scope="module")
def clip(toy_data, street_run):
    config = v2v_tf.from_pretrained(street_run).config
    return next(iter(read_clips(toy_data, config)))


@pytest.mark.slow
def test_a_clip_of_arrays_is_rolled_out(street_run, clip):
    model = v2v_tf.from_pretrained(street_run)
    assert model.history == 2
    found, expected = model.rollout(clip), open_run(street_run).rollout(clip)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(InputError, match="more than 2 frames to generate one, got 2"):
        model.rollout(clip.take(2))
    with pytest.raises(InputError, match="without styles"):
        model.rollout(clip, StyleChoice("own"))


@pytest.mark.slow
def test_an_export_makes_the_same_frames(street_run, street_model, clip):
    made = v2v_tf.from_pretrained(street_run).rollout(clip).fake_frames
    exported = v2v_tf.from_pretrained(street_model)
    found = exported.rollout(clip.arrays()).fake_frames
    assert np.abs(made.astype(int) - found).max() <= 2
    wide = dataclasses.replace(clip, instances=clip.instances.astype(np.uint16))
    np.testing.assert_array_equal(exported.rollout(wide).fake_frames, found)
    with pytest.raises(InputError, match="more than 2 frames to generate one, got 2"):
        exported.rollout(clip.take(2))
    with pytest.raises(InputError, match="needs `frames`"):
        exported.rollout(dataclasses.replace(clip, frames=None))
    with pytest.raises(InputError, match="no styles"):
        exported.rollout(clip, StyleChoice("sample"))
