"""Windows, targets and coarser scales of clips."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.models.vid2vid import clip_windows


def test_targets_are_shifted_by_the_past_frames(clip):
    target = clip_windows.targets(clip, 2, 1, 4)
    np.testing.assert_array_equal(target.frames, clip["frames"][:, 3:6])
    np.testing.assert_array_equal(target.previous, clip["frames"][:, 2:5])
    # The flow at index i lies on frame i + 1.
    np.testing.assert_array_equal(target.flow, clip["flow"][:, 2:5])
    np.testing.assert_array_equal(target.confidence, clip["flow_confidence"][:, 2:5])


def test_flattening_keeps_frames_of_a_clip_together(clip):
    flat = clip_windows.flatten(clip_windows.targets(clip, 2, 0, 3))
    np.testing.assert_array_equal(flat.frames[4], clip["frames"][1, 3])
    np.testing.assert_array_equal(flat.flow[2], clip["flow"][0, 3])


def test_a_window_begins_one_frame_before_the_past(clip):
    clip["other"] = tf.zeros([2, 7])
    window = clip_windows.cut_window(clip, 4, 6, past=clip["frames"][:, :2])
    assert sorted(window) == ["flow", "flow_confidence", "frames"]
    np.testing.assert_array_equal(window["frames"], clip["frames"][:, 1:6])
    np.testing.assert_array_equal(window["flow"], clip["flow"][:, 1:5])
    first = clip_windows.cut_window(clip, 2, 5, past=None)
    np.testing.assert_array_equal(first["frames"], clip["frames"][:, 1:5])
    confidence = clip["flow_confidence"][:, 1:4]
    np.testing.assert_array_equal(first["flow_confidence"], confidence)


def test_sliding_windows():
    sequence = tf.reshape(tf.range(2 * 5), [2, 5, 1, 1, 1])
    windows = clip_windows.sliding(sequence, 3, 2)[..., 0, 0, 0]
    np.testing.assert_array_equal(windows, [[0, 1, 2], [1, 2, 3], [5, 6, 7], [6, 7, 8]])


def test_flow_is_in_pixels_of_the_scale(make_batch):
    batch = make_batch(3)
    batch["flow"] = tf.fill(batch["flow"].shape, 6.0)
    batch["frames"] = tf.cast(batch["frames"], tf.float32)
    batch["channels"] = tf.cast(batch["conditions"], tf.float32)
    clip = clip_windows.at_scale(batch, 2)
    assert clip["flow"].shape == (1, 2, 4, 8, 2)
    np.testing.assert_allclose(clip["flow"], 1.5, atol=1e-6)
    assert clip_windows.at_scale(batch, 0) is batch
