"""The VGG loss, with weight files drawn at random: Keras' and torchvision's."""

import numpy as np
import pytest
import tensorflow as tf

from tests.torch_format.torch_bytes import write_checkpoint
from v2v_tf.config import RuntimeConfig
from v2v_tf.errors import InputError
from v2v_tf.layers.precision import precision_scope
from v2v_tf.losses import perceptual, vgg
from v2v_tf.losses.perceptual import PerceptualLoss

MEAN, STD = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
# torchvision's layers that the loss evaluates: the convolutions up to relu5_1.
TORCH_WIDTHS = {
    0: (3, 64),
    2: (64, 64),
    5: (64, 128),
    7: (128, 128),
    10: (128, 256),
    12: (256, 256),
    14: (256, 256),
    16: (256, 256),
    19: (256, 512),
    21: (512, 512),
    23: (512, 512),
    25: (512, 512),
    28: (512, 512),
}
TORCH_POOLS = (5, 10, 19, 28)
TORCH_LAYERS = (0, 5, 10, 19, 28)


@pytest.fixture(scope="module")
def weight_file(tmp_path_factory) -> str:
    tf.keras.utils.set_random_seed(5)
    path = tmp_path_factory.mktemp("vgg") / "vgg19.weights.h5"
    tf.keras.applications.VGG19(include_top=False, weights=None).save_weights(path)
    return str(path)


@pytest.fixture(scope="module")
def loss(weight_file) -> PerceptualLoss:
    return PerceptualLoss(weight_file)


@pytest.fixture(scope="module")
def torch_tensors() -> dict[str, np.ndarray]:
    """A state dict as torchvision names it, less the layers that are not used."""
    random = np.random.default_rng(6)
    tensors = {}
    for number, (inputs, outputs) in TORCH_WIDTHS.items():
        kernel = random.normal(0, (2 / 9 / inputs) ** 0.5, (outputs, inputs, 3, 3))
        tensors[f"features.{number}.weight"] = kernel.astype(np.float32)
        bias = random.normal(0, 0.1, outputs)
        tensors[f"features.{number}.bias"] = bias.astype(np.float32)
    return tensors


@pytest.fixture(scope="module")
def torch_file(torch_tensors, tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("torch") / "vgg19-0.pth"
    more = {"classifier.6.bias": np.ones(3), "features.34.bias": np.ones(5)}
    return str(write_checkpoint(path, {**torch_tensors, **more}))


@pytest.fixture
def frames() -> tuple[tf.Tensor, tf.Tensor]:
    """Fake and real frames [2, 32, 48, 3] in [-1, 1]."""
    seeds = ([1, 2], [3, 4])
    return tuple(
        tf.random.stateless_uniform([2, 32, 48, 3], seed, -1.0, 1.0) for seed in seeds
    )


def test_the_weights_of_the_layers_sum_to_the_published_ones():
    assert sum(perceptual.WEIGHTS) == 1.46875
    assert 10 * sum(perceptual.WEIGHTS) == 14.6875
    assert list(perceptual.WEIGHTS) == [1 / 32, 1 / 16, 1 / 8, 1 / 4, 1]
    assert [name[5] for name in perceptual.LAYERS] == list("12345")


def test_equal_frames_cost_nothing(loss, frames):
    assert float(loss(frames[0], frames[0])) == 0.0
    assert float(loss(*frames)) > 0.0


def test_an_error_of_one_in_every_layer_costs_the_sum_of_the_weights():
    real = [tf.random.stateless_normal([1, 3, 4, 2 + i], [i, 1]) for i in range(5)]
    signs = (1.0, -1.0, 1.0, -1.0, 1.0)
    fake = [x + sign for x, sign in zip(real, signs, strict=True)]
    loss = 10 * perceptual.weighted_distance(fake, real)
    assert float(loss) == pytest.approx(14.6875, rel=1e-6)
    for i, weight in enumerate((1 / 32, 1 / 16, 1 / 8, 1 / 4, 1)):
        one = [*real[:i], fake[i], *real[i + 1 :]]
        assert float(perceptual.weighted_distance(one, real)) == pytest.approx(
            weight, rel=1e-5
        )


def by_hand(loss: PerceptualLoss, fake: np.ndarray, real: np.ndarray) -> float:
    """The loss of what the network is fed."""
    expected = 0.0
    for weight, a, b in zip(
        (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1),
        loss.features(tf.constant(fake, tf.float32)),
        loss.features(tf.constant(real, tf.float32)),
        strict=True,
    ):
        assert float(tf.reduce_min(a)) == 0.0
        expected += weight * np.abs(a.numpy() - b.numpy()).mean(dtype=np.float64)
    return expected


def test_keras_weights_normalized_are_fed_what_keras_feeds_them(weight_file, frames):
    loss = PerceptualLoss(weight_file, "imagenet")
    # BGR, 0 .. 255, less the mean of ImageNet.
    fed = (
        tf.keras.applications.vgg19.preprocess_input((frame.numpy() + 1) * 127.5)
        for frame in frames
    )
    assert float(loss(*frames)) == pytest.approx(by_hand(loss, *fed), rel=1e-4)


def test_keras_weights_are_fed_frames_taken_for_normalized_ones(loss, frames):
    # The frames whose normalised form is x, prepared as Keras prepares them.
    fed = (
        tf.keras.applications.vgg19.preprocess_input(255 * (frame.numpy() * STD + MEAN))
        for frame in frames
    )
    # Keras rounds the mean to three decimals.
    assert float(loss(*frames)) == pytest.approx(by_hand(loss, *fed), rel=1e-3)


@pytest.mark.parametrize("normalization", ["none", "imagenet"])
def test_torchvision_weights_read_rgb(torch_file, frames, normalization):
    loss = PerceptualLoss(torch_file, normalization)
    fed = [frame.numpy() for frame in frames]
    if normalization == "imagenet":
        fed = [((x + 1) / 2 - MEAN) / STD for x in fed]
    assert float(loss(*frames)) == pytest.approx(by_hand(loss, *fed), rel=1e-4)


def test_torchvision_weights_make_torchvision_s_network(
    torch_file, torch_tensors, frames
):
    maps = PerceptualLoss(torch_file).features(frames[0])
    x, expected = frames[0], []
    for number in TORCH_WIDTHS:
        if number in TORCH_POOLS:
            x = tf.nn.max_pool2d(x, 2, 2, "VALID")
        kernel = torch_tensors[f"features.{number}.weight"].transpose(2, 3, 1, 0)
        bias = torch_tensors[f"features.{number}.bias"]
        x = tf.nn.relu(tf.nn.conv2d(x, kernel, 1, "SAME") + bias)
        if number in TORCH_LAYERS:
            expected.append(x)
    for found, wanted in zip(maps, expected, strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-4 * np.max(wanted))


def test_only_the_layers_up_to_relu5_1_are_evaluated(loss):
    names = [layer.name for layer in loss.features.layers]
    assert names[-1] == "block5_conv1"
    assert sum("conv" in name for name in names) == len(TORCH_WIDTHS)


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


def test_bfloat16_frames_are_compared_in_float32(loss, frames):
    rounded = [tf.cast(frame, tf.bfloat16) for frame in frames]
    value = loss(*rounded)
    assert value.dtype == tf.float32
    expected = loss(*(tf.cast(frame, tf.float32) for frame in rounded))
    assert float(value) == pytest.approx(float(expected), rel=1e-6)


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


def test_faults_of_a_torchvision_file_are_listed_by_name(torch_tensors):
    tensors = dict(torch_tensors)
    del tensors["features.16.weight"], tensors["features.28.bias"]
    tensors["features.5.weight"] = np.zeros([64, 128, 3, 3], np.float32)
    with pytest.raises(InputError) as error:
        vgg._from_torchvision(tensors)
    for part in (
        "features.16.weight is missing",
        "features.28.bias is missing",
        "features.5.weight is [64, 128, 3, 3], not [128, 64, 3, 3]",
    ):
        assert part in str(error.value)
    assert "features.0." not in str(error.value)


def test_a_torchvision_file_of_another_network_is_an_input_error(tmp_path):
    path = write_checkpoint(tmp_path / "other.pth", {"conv1.weight": np.zeros([2, 3])})
    with pytest.raises(InputError, match="other.pth.*features.0.weight is missing"):
        PerceptualLoss(str(path))


def test_an_unreadable_torchvision_file_is_an_input_error(tmp_path):
    path = tmp_path / "broken.pth"
    path.write_bytes(b"these are no weights")
    with pytest.raises(InputError, match="broken.pth"):
        PerceptualLoss(str(path))
