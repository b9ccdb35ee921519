"""What temporal discriminators read: which frames, and in which order."""

import numpy as np
import tensorflow as tf

from v2v_tf.models.vid2vid.discriminator_inputs import group_inputs


def test_groups_of_a_clip_follow_each_other():
    """Two clips of five frames, one of them past; two groups of two frames each."""
    level = np.zeros([2, 5, 2, 3, 3], np.float32)
    level += 10 * np.arange(2)[:, None, None, None, None]
    level += np.arange(5)[None, :, None, None, None]
    clip = {
        "frames": tf.constant(level),
        "flow": tf.zeros([2, 5, 2, 3, 2]),
        "flow_confidence": tf.ones([2, 5, 2, 3, 1]),
    }
    real, fake = group_inputs([(2, 3), (0, 1)], clip, 1, -clip["frames"][:, 1:])
    assert real.shape == [4, 2, 3, 8]
    # The first and the second frame of each group: clip by clip, newest group first.
    assert real[:, 0, 0, 0].numpy().tolist() == [3, 1, 13, 11]
    assert real[:, 1, 2, 3].numpy().tolist() == [4, 2, 14, 12]
    np.testing.assert_array_equal(fake[..., :6], -real[..., :6])
