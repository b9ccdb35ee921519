"""Features of long videos are those of clips in memory."""

from types import SimpleNamespace

import numpy as np

from v2v_tf.apps.evaluation.clip_features import FeatureNetworks
from v2v_tf.apps.evaluation.window_features import WindowFeatures


class _Windows:
    """A video network: the mean of each window of three frames."""

    num_frames = 3

    def features(self, frames):
        count = len(frames) // self.num_frames
        windows = frames[: count * self.num_frames].reshape(count, self.num_frames, -1)
        return windows.mean(axis=1)


INCEPTION = SimpleNamespace(features=lambda frames: frames[:, 0, :, 0].astype(float))


def gathered(frames, **networks):
    features = WindowFeatures(FeatureNetworks(**networks))
    for frame in frames:
        features.add(frame)
    return features.features()


def test_windows_do_not_change_features():
    frames = np.random.default_rng(0).integers(0, 255, (20, 4, 5, 3)).astype(np.uint8)
    whole = FeatureNetworks(None, INCEPTION, _Windows()).features(frames, None).features
    found = gathered(frames, inception=INCEPTION, video=_Windows())
    assert set(found) == {"keras_inception", "video_network"}
    for kind, rows in found.items():
        np.testing.assert_array_equal(rows, whole[kind])
    # Two frames are left, which the video network does not read.
    assert (len(found["keras_inception"]), len(found["video_network"])) == (20, 6)
    alone = gathered(frames, inception=INCEPTION)
    np.testing.assert_array_equal(alone["keras_inception"], whole["keras_inception"])


def test_without_networks_nothing_is_kept():
    features = WindowFeatures(FeatureNetworks())
    features.add(np.zeros([4, 4, 3], np.uint8))
    assert features._frames == [] and features.features() == {}
