"""The VGG loss, with a weight file drawn at random."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.config import RuntimeConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.losses import perceptual
from v2v_tf.losses.perceptual import PerceptualLoss


@pytest.fixture(scope="module")
def weight_file(tmp_path_factory) -> str:
    tf.keras.utils.set_random_seed(5)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.weights.h5"
    tf.keras.applications.VGG19(include_top=False, weights=None).save_weights(path)
    return str(path)


@pytest.fixture(scope="module")
def loss(weight_file) -> PerceptualLoss:
    return PerceptualLoss(weight_file)


@pytest.fixture
def frames() -> tuple[tf.Tensor, tf.Tensor]:
    """Fake and real frames [2, 32, 48, 3] in [-1, 1]."""
    seeds = ([1, 2], [3, 4])
    return tuple(
        tf.random.stateless_uniform([2, 32, 48, 3], seed, -1.0, 1.0) for seed in seeds
    )


def test_the_weights_of_the_layers_sum_to_the_original_s():
    assert sum(perceptual.WEIGHTS) == 1.46875
    assert 10 * sum(perceptual.WEIGHTS) == 14.6875
    assert list(perceptual.WEIGHTS) == [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1]
    assert [name[5] for name in perceptual.LAYERS] == list("12345")


def test_equal_frames_cost_nothing(loss, frames):
    assert float(loss(frames[0], frames[0])) == 0.0
    assert float(loss(*frames)) > 0.0


def test_it_is_the_weighted_sum_over_rectified_maps(loss, frames):
    # Keras' weights read BGR, 0 .. 255, less the mean of ImageNet.
    fake, real = (
        tf.keras.applications.vgg19.preprocess_input((frame.numpy() + 1) * 127.5)
        for frame in frames
    )
    expected = 0.0
    for weight, a, b in zip(
        (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1),
        loss.features(fake),
        loss.features(real),
        strict=True,
    ):
        assert float(tf.reduce_min(a)) == 0.0
        expected += weight * np.abs(a.numpy() - b.numpy()).mean(dtype=np.float64)
    assert float(loss(*frames)) == pytest.approx(expected, rel=1e-4)


def test_features_shrink_by_two_from_layer_to_layer(loss, frames):
    shapes = [tuple(x.shape[1:]) for x in loss.features(frames[0])]
    widths = [(32, 48, 64), (16, 24, 128), (8, 12, 256), (4, 6, 512), (2, 3, 512)]
    assert shapes == widths


def test_the_real_side_and_the_network_are_not_trained(loss, frames):
    with tf.GradientTape() as tape:
        tape.watch(frames)
        value = loss(*frames)
    by_fake, by_real = tape.gradient(value, frames)
    assert by_real is None
    assert float(tf.reduce_max(tf.abs(by_fake))) > 0.0
    assert loss.features.trainable_variables == []


def test_frames_wider_than_1024_are_halved_until_they_fit(loss):
    fake, real = (
        tf.random.stateless_uniform([1, 64, 2080, 3], [1, seed], -1.0, 1.0)
        for seed in (2, 3)
    )
    # 2080 is halved to 1040, and that again.
    quarter = [tf.nn.avg_pool2d(x, 4, 4, "VALID") for x in (fake, real)]
    assert float(loss(fake, real)) == pytest.approx(float(loss(*quarter)), rel=1e-4)


def test_frames_of_width_1024_are_not_halved(loss):
    fake, real = (
        tf.random.stateless_uniform([1, 32, 1024, 3], [1, seed], -1.0, 1.0)
        for seed in (2, 3)
    )
    pooled = [tf.nn.avg_pool2d(x, 2, 2, "VALID") for x in (fake, real)]
    # Pooled noise differs far less.
    assert float(loss(*pooled)) < 0.9 * float(loss(fake, real))


def test_it_stays_float32_under_a_mixed_policy(weight_file, loss, frames):
    with precision_scope(RuntimeConfig(precision="mixed_bfloat16")):
        mixed = PerceptualLoss(weight_file)
        value = mixed(*frames)
    assert value.dtype == tf.float32
    assert float(value) == pytest.approx(float(loss(*frames)), rel=1e-6)


def test_a_missing_file_is_an_input_error(tmp_path):
    missing = str(tmp_path / "none.h5")
    with pytest.raises(InputError, match="no file .*none.h5.*imagenet.*none"):
        PerceptualLoss(missing)


@pytest.mark.parametrize("content", [b"", b"these are no weights"])
def test_an_unreadable_file_is_an_input_error(tmp_path, content):
    path = tmp_path / "broken.h5"
    path.write_bytes(content)
    with pytest.raises(InputError, match="broken.h5.*could not be loaded"):
        PerceptualLoss(str(path))


def test_weights_of_another_network_are_an_input_error(tmp_path):
    path = tmp_path / "other.h5"
    tf.keras.Sequential([tf.keras.layers.Dense(2, input_shape=(3,))]).save_weights(path)
    with pytest.raises(InputError, match="other.h5.*could not be loaded"):
        PerceptualLoss(str(path))
