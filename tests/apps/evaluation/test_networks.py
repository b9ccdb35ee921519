"""Networks of others, made small: what they are fed, and what is said of them."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.apps.evaluation.networks import (
    InceptionFeatures,
    VideoNetwork,
    VideoNetworkOptions,
)
from v2v_tf.errors import InputError


class Colors(tf.Module):
    """Per window: mean colour of each frame as maps, and its brightest pixel."""

    def __init__(self):
        super().__init__()
        self.scale = tf.Variable(2.0)

    def maps(self, clips):
        return {
            "maps": self.scale * tf.reduce_mean(clips, axis=[2, 3])[:, :, None],
            "peak": tf.reduce_max(clips, axis=[1, 2, 3]),
        }


def save(folder, shape=(None, 3, 4, 6, 3), dtype=tf.float32, only=None):
    module = Colors()

    @tf.function(input_signature=[tf.TensorSpec(shape, dtype, name="clips")])
    def call(clips):
        found = module.maps(tf.cast(clips, tf.float32))
        return found if only is None else {only: found[only]}

    module.call = call
    tf.saved_model.save(module, str(folder), signatures={"features": call})
    return folder


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save(tmp_path_factory.mktemp("network") / "colors")


def frames(num_frames: int) -> np.ndarray:
    """Frame t is red 10 t, green 255, blue 0."""
    clip = np.zeros((num_frames, 8, 12, 3), np.uint8)
    clip[..., 0] = 10 * np.arange(num_frames)[:, None, None]
    clip[..., 1] = 255
    return clip


def test_windows_are_scaled_and_maps_averaged(saved):
    network = VideoNetwork(VideoNetworkOptions(saved, "features", "maps"))
    found = network.features(frames(8))  # the last two frames fill no window
    red = np.array([10.0, 40.0]) / 127.5 - 1  # of frames 1 and 4, the middle ones
    expected = np.stack([2 * red, [2, 2], [-2, -2]], axis=1)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.dtype == np.float64


def test_another_output_of_vectors(saved):
    network = VideoNetwork(VideoNetworkOptions(saved, "features", "peak"))
    found = network.features(frames(6))
    red = np.array([20.0, 50.0]) / 127.5 - 1
    np.testing.assert_allclose(found[:, 0], red, atol=1e-5)


def test_it_says_what_it_is(saved):
    options = VideoNetworkOptions(saved, "features", "maps", 3, (4, 6))
    found = VideoNetwork(options).description
    assert found["file"] == str(saved) and len(found["sha256"]) == 64
    assert found["layer"] == "output 'maps' of signature 'features'"
    assert found["clip_frames"] == 3 and found["size"] == [4, 6]


def test_open_sizes_are_asked_for(tmp_path):
    folder = save(tmp_path / "open", (None, None, None, None, 3), only="peak")
    with pytest.raises(InputError, match="name it with --video-frames"):
        VideoNetwork(VideoNetworkOptions(folder, "features"))
    options = VideoNetworkOptions(folder, "features", num_frames=2, size=(5, 7))
    network = VideoNetwork(options)
    assert network.size == (5, 7)
    red = np.array([10.0, 30.0, 50.0]) / 127.5 - 1
    np.testing.assert_allclose(network.features(frames(6))[:, 0], red, atol=1e-5)


def test_a_fixed_batch_is_filled_up(tmp_path):
    folder = save(tmp_path / "two", (2, 1, 4, 6, 3), only="peak")
    network = VideoNetwork(VideoNetworkOptions(folder, "features"))
    red = np.array([0.0, 10.0, 20.0]) / 127.5 - 1
    np.testing.assert_allclose(network.features(frames(3))[:, 0], red, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"signature": "serving"}, "no signature 'serving', only features"),
        ({"output": "logits"}, "no output 'logits', only maps, peak"),
        ({"output": None}, "has the outputs maps, peak: choose"),
        ({"num_frames": 4}, "--video-frames is 4, and the video network takes 3"),
        ({"size": (4, 5)}, r"--video-size \(width\) is 5"),
    ],
)
def test_what_the_network_does_not_have(saved, options, words):
    given = {"path": saved, "signature": "features", "output": "maps"} | options
    with pytest.raises(InputError, match=words):
        VideoNetwork(VideoNetworkOptions(**given))


def test_what_is_no_video_network(tmp_path, saved):
    with pytest.raises(InputError, match="is no SavedModel that loads"):
        VideoNetwork(VideoNetworkOptions(tmp_path / "absent"))
    for shape, dtype in (((None, 4, 6, 3), tf.float32), ((1, 3, 4, 6, 3), tf.uint8)):
        folder = tmp_path / f"of{len(shape)}"

        @tf.function(input_signature=[tf.TensorSpec(shape, dtype, name="x")])
        def call(x):
            return {"y": tf.reduce_sum(tf.cast(x, tf.float32))}

        module = tf.Module()
        module.call = call
        tf.saved_model.save(module, str(folder), signatures={"features": call})
        with pytest.raises(InputError, match="expected a signature of one tensor"):
            VideoNetwork(VideoNetworkOptions(folder, "features"))


def test_short_clips_fill_no_window(saved):
    network = VideoNetwork(VideoNetworkOptions(saved, "features", "maps"))
    with pytest.raises(InputError, match="windows of 3 frames, the clip has 2"):
        network.features(frames(2))


def test_inception_weights_that_are_not_there():
    with pytest.raises(InputError, match="--inception: no file 'absent.h5'"):
        InceptionFeatures("absent.h5")


@pytest.mark.slow
def test_inception_by_path(tmp_path):
    tf.keras.utils.set_random_seed(1)
    network = tf.keras.applications.InceptionV3(
        include_top=False, weights=None, pooling="avg", input_shape=(299, 299, 3)
    )
    path = tmp_path / "inception.h5"
    network.save_weights(path)
    inception = InceptionFeatures(str(path))
    clip = np.random.default_rng(0).integers(0, 256, (5, 20, 30, 3)).astype(np.uint8)
    found = inception.features(clip)
    assert found.shape == (5, 2048) and found.dtype == np.float64
    images = tf.image.resize(clip[4:].astype(np.float32), (299, 299), antialias=True)
    expected = network(images / 127.5 - 1, training=False)[0]
    np.testing.assert_allclose(found[4], expected, rtol=1e-3, atol=1e-5)
    assert np.abs(found[0] - found[4]).max() > 0
    assert inception.description["layer"].endswith("(pooling='avg')")
    assert inception.description["file"] == str(path)
    other = tmp_path / "other.h5"
    model = tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))])
    model.save_weights(other)
    with pytest.raises(InputError, match="could not be loaded"):
        InceptionFeatures(str(other))
