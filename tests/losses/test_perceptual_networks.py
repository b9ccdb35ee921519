"""Networks of the perceptual loss besides VGG-19, with weights drawn at random."""

import json

import h5py
import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.detection.segmenter_folder import FACTS_FILE, WEIGHTS_FILE, build
from v2v_tf.errors import InputError
from v2v_tf.losses.perceptual import PerceptualLoss
from v2v_tf.storage.files import sha256

BLOCKS = (2, 2, 3, 3, 3)


@pytest.fixture(scope="module")
def vgg16() -> tf.keras.Model:
    tf.keras.utils.set_random_seed(8)
    return tf.keras.applications.VGG16(include_top=False, weights=None)


@pytest.fixture
def frames() -> tuple[tf.Tensor, tf.Tensor]:
    seeds = ([1, 2], [3, 4])
    return tuple(
        tf.random.stateless_uniform([1, 32, 48, 3], seed, -1.0, 1.0) for seed in seeds
    )


def by_hand(vgg16: tf.keras.Model, fake: tf.Tensor, real: tf.Tensor) -> float:
    names = [f"block{number}_conv1" for number in range(1, 6)]
    outputs = [vgg16.get_layer(name).output for name in names]
    features = tf.keras.Model(vgg16.input, outputs)
    prepare = tf.keras.applications.vgg16.preprocess_input
    maps = [features(prepare((x.numpy() + 1) * 127.5)) for x in (fake, real)]
    return sum(
        weight * np.abs(a.numpy() - b.numpy()).mean(dtype=np.float64)
        for weight, a, b in zip((1 / 32, 1 / 16, 1 / 8, 1 / 4, 1), *maps, strict=True)
    )


def test_a_file_of_vgg16_is_known_by_its_layers(vgg16, tmp_path, frames):
    path = str(tmp_path / "vgg16_notop.h5")
    vgg16.save_weights(path)
    loss = PerceptualLoss(path, "imagenet")
    assert float(loss(*frames)) == pytest.approx(by_hand(vgg16, *frames), rel=1e-4)
    assert float(loss(frames[0], frames[0])) == 0.0


def test_the_trunk_of_an_edge_network_is_a_vgg16(vgg16, tmp_path, frames):
    path = str(tmp_path / "hed.weights.h5")
    with h5py.File(path, "w") as file:
        for number, count in enumerate(BLOCKS, 1):
            for index in range(count):
                arrays = vgg16.get_layer(f"block{number}_conv{index + 1}").get_weights()
                layer = f"block{number}/layers/conv2d{f'_{index}' if index else ''}"
                for which, array in enumerate(arrays):
                    file[f"{layer}/vars/{which}"] = array
            side = (np.zeros([1, 1, arrays[1].size, 1]), np.zeros([1]))
            for which, array in enumerate(side):
                file[f"dsn{number}/vars/{which}"] = array.astype(np.float32)
        for which, shape in enumerate(([1, 1, 5, 1], [1])):
            file[f"fuse/vars/{which}"] = np.zeros(shape, np.float32)
    loss = PerceptualLoss(path, "imagenet")
    assert float(loss(*frames)) == pytest.approx(by_hand(vgg16, *frames), rel=1e-4)


def test_an_edge_network_of_other_widths_is_refused(tmp_path):
    path = tmp_path / "hed.weights.h5"
    with h5py.File(path, "w") as file:
        file["dsn1/vars/0"] = np.zeros([1, 1, 4, 1], np.float32)
    with pytest.raises(InputError, match="perceptual_weights: .* is missing"):
        PerceptualLoss(str(path))


@pytest.fixture
def segmenter(tmp_path):
    network = build(3, seed=2)
    network.save_weights(tmp_path / WEIGHTS_FILE)
    digest = sha256(tmp_path / WEIGHTS_FILE)
    facts = {"format_version": 1, "num_labels": 3, "weights_sha256": digest}
    (tmp_path / FACTS_FILE).write_text(json.dumps(facts))
    return network, tmp_path


def test_a_segmenter_is_compared_at_each_depth_alike(segmenter, frames):
    network, folder = segmenter
    loss = PerceptualLoss(str(folder))
    fake, real = (network.maps(x) for x in frames)
    sides = [maps.shape[1:3].as_list() for maps in fake]
    assert sides == [[32, 48], [16, 24], [8, 12], [16, 24], [32, 48]]
    expected = sum(np.abs(a - b).mean() for a, b in zip(fake, real, strict=True))
    assert float(loss(*frames)) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_array_equal(fake[-1], network.features(frames[0]))


def test_a_segmenter_is_not_trained_by_it(segmenter, frames):
    loss = PerceptualLoss(str(segmenter[1]))
    with tf.GradientTape() as tape:
        tape.watch(frames)
        value = loss(*frames)
    by_fake, by_real = tape.gradient(value, frames)
    assert by_real is None and float(tf.reduce_max(tf.abs(by_fake))) > 0.0


def test_a_damaged_segmenter_is_refused(segmenter):
    folder = segmenter[1]
    (folder / WEIGHTS_FILE).write_bytes(b"no weights")
    with pytest.raises(InputError, match="is not the file that"):
        PerceptualLoss(str(folder))
