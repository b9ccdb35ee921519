"""What the network sees, chunk by chunk, and what makes up a window."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.apps.segmentation.segmenter import Segmented, Segmenter
from v2v_tf.detection.segmenter_folder import build
from v2v_tf.errors import InputError
from v2v_tf.inference.frames import from_uint8


@pytest.fixture(scope="module")
def segmenter() -> Segmenter:
    return Segmenter(build(5, seed=2), {"num_labels": 5})


def clip(num_frames: int, size: tuple[int, int] = (18, 31)) -> np.ndarray:
    shape = (num_frames, *size, 3)
    return np.random.default_rng(num_frames).integers(0, 256, shape).astype(np.uint8)


@pytest.mark.parametrize("num_frames", [1, 8, 9, 19])
def test_chunks_see_what_the_whole_clip_shows(segmenter, num_frames):
    frames = clip(num_frames)
    seen = segmenter.segment(frames)
    maps = segmenter.network.features(from_uint8(tf.constant(frames))).numpy()
    labels = segmenter.network(from_uint8(tf.constant(frames))).numpy().argmax(-1)
    assert maps.shape == (num_frames, 18, 31, 16) and maps.min() >= 0
    assert (seen.label_maps == labels).mean() > 0.999
    np.testing.assert_allclose(seen.features, maps.mean((1, 2)), rtol=1e-4, atol=1e-6)
    changes = np.abs(np.diff(maps, axis=0)).mean((1, 2))
    np.testing.assert_allclose(seen.changes, changes, rtol=1e-4, atol=1e-6)
    assert len(seen.changes) == num_frames - 1


def test_a_window_is_a_mean_of_frames_and_of_changes():
    features = np.arange(13 * 2, dtype=float).reshape(13, 2) ** 2
    changes = 1000.0 + np.arange(12 * 2).reshape(12, 2)
    found = Segmented(np.zeros((13, 1, 1), np.uint8), features, changes).windows()
    assert found.shape == (2, 4)
    np.testing.assert_allclose(found[1, :2], features[4:12].mean(0))
    np.testing.assert_allclose(found[1, 2:], changes[4:11].mean(0))
    np.testing.assert_allclose(found[0, 2:], changes[:7].mean(0))


@pytest.mark.parametrize(("num_frames", "expected"), [(7, 0), (8, 1), (11, 1), (12, 2)])
def test_short_clips_have_no_window(num_frames, expected):
    seen = Segmented(
        np.zeros((num_frames, 1, 1), np.uint8),
        np.ones((num_frames, 3)),
        np.ones((num_frames - 1, 3)),
    )
    assert seen.windows().shape == (expected, 6)


def test_contrast_and_colour_are_seen(segmenter):
    frames = clip(4, (32, 48))
    plain = segmenter.segment(frames).features
    for changed in (frames // 2 + 64, frames[..., ::-1].copy()):
        apart = np.abs(segmenter.segment(changed).features - plain).max()
        assert apart > 0.02 * plain.max()


def test_only_frames_are_looked_at(segmenter):
    with pytest.raises(InputError, match="expected a clip"):
        segmenter.segment(clip(3).astype(np.float32))


def test_seeds_give_other_weights():
    one, same, other = (build(3, seed).get_weights() for seed in (1, 1, 2))
    for first, second, third in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(first, second)
        assert first.ndim == 1 or not np.array_equal(first, third)
