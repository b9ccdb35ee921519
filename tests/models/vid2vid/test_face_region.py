"""Where the face is, its crop, and the terms of the face discriminator."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tests.models.vid2vid.conftest import objective_of
from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.losses.adversarial import discriminator_loss, generator_loss
from v2v_tf.losses.feature_matching import feature_matching_loss
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.vid2vid.face_region import FaceRegion, crop_region, face_region
from v2v_tf.models.vid2vid.scales import FrameOutput
from v2v_tf.tasks import registry
from v2v_tf.tasks.pose.face_boxes import face_boxes

HEIGHT, WIDTH = 40, 56
NO_BOX = [HEIGHT, -1, WIDTH, -1]


def make(*overrides: str) -> Config:
    return configuration.load_config(
        None,
        (
            "task=pose",
            "discriminator.use_face=true",
            "data.resize.fine_size=64",
            "losses.perceptual_weights=none",
            *overrides,
        ),
    )


def encode(config: Config, planes: np.ndarray) -> tf.Tensor:
    return registry.create(config).encode(tf.constant(planes), None)


def blank(config: Config, batch: int = 2, frames: int = 3) -> np.ndarray:
    num_planes = registry.create(config).num_planes
    return np.zeros((batch, frames, HEIGHT, WIDTH, num_planes), np.uint8)


def corner(region: FaceRegion, example: int) -> tuple[int, int]:
    return int(region.top[example]), int(region.left[example])


def boxes_of(planes: np.ndarray, config: Config) -> tf.Tensor:
    return face_boxes(tf.constant(planes), config.conditioning.pose)


def region_of(boxes: list, config: Config) -> FaceRegion:
    fine_size = config.data.resize.fine_size
    return face_region(tf.constant(boxes), (HEIGHT, WIDTH), fine_size)


def test_the_square_is_centred_on_the_boxes_of_all_frames():
    region = region_of(
        [
            [[10, 12, 21, 24], NO_BOX, [13, 17, 26, 30]],
            [NO_BOX, [20, 24, 33, 35], NO_BOX],
        ],
        make(),
    )
    assert region.side == 16
    # Rows 10 .. 17 have their middle at 13, columns 21 .. 30 at 25.
    assert corner(region, 0) == (13 - 8, 25 - 8)
    # One example does not move the square of another.
    assert corner(region, 1) == (22 - 8, 34 - 8)
    np.testing.assert_array_equal(region.found, [True, True])


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        (0, 0, (0, 0)),
        (HEIGHT - 1, WIDTH - 1, (HEIGHT - 16, WIDTH - 16)),
        (3, 50, (0, WIDTH - 16)),
    ],
)
def test_the_square_stays_inside_the_image(row, column, expected):
    region = region_of([[[row, row, column, column]]], make())
    assert corner(region, 0) == expected


@pytest.mark.parametrize(
    ("fine_size", "side"),
    [(64, 16), (95, 16), (96, 24), (32, 8), (8, 8), (512, HEIGHT)],
)
def test_the_side_is_a_quarter_of_the_size_in_steps_of_eight(fine_size, side):
    config = make(f"data.resize.fine_size={fine_size}")
    assert region_of([[NO_BOX]], config).side == side


@pytest.mark.parametrize("empty", [NO_BOX, [0, -1, 0, -1], [1, 0, 55, 3]])
def test_without_a_face_nothing_is_found(empty):
    region = region_of([[empty, empty], [empty, [4, 6, 29, 30]]], make())
    np.testing.assert_array_equal(region.found, [False, True])
    # The middle of 40 x 56 pixels; frames without a face do not pull the other.
    assert corner(region, 0) == (19 - 8, 27 - 8)
    assert corner(region, 1) == (0, 29 - 8)


def random_images(*shape: int, seed: int = 1) -> tf.Tensor:
    return tf.random.stateless_uniform(shape, [seed, 3], -1.0, 1.0)


def test_crops_are_exact_and_each_example_has_its_own():
    images = random_images(2, 3, 9, 13, 4)
    region = FaceRegion(tf.constant([1, 3]), tf.constant([8, 0]), 5, tf.ones(2, bool))
    crops = crop_region(images, region)
    np.testing.assert_array_equal(crops[0], images[0, :, 1:6, 8:13])
    np.testing.assert_array_equal(crops[1], images[1, :, 3:8, 0:5])
    assert crops.shape == [2, 3, 5, 5, 4]


def test_gradients_flow_to_the_square_alone():
    images = random_images(2, 2, 6, 7, 3)
    region = FaceRegion(tf.constant([2, 0]), tf.constant([1, 4]), 3, tf.ones(2, bool))
    factors = random_images(2, 2, 3, 3, 3, seed=2)
    with tf.GradientTape() as tape:
        tape.watch(images)
        loss = tf.reduce_sum(crop_region(images, region) * factors)
    expected = np.zeros(images.shape, np.float32)
    expected[0, :, 2:5, 1:4], expected[1, :, 0:3, 4:7] = factors[0], factors[1]
    np.testing.assert_array_equal(tape.gradient(loss, images), expected)


@pytest.fixture(scope="module")
def discriminator() -> MultiScaleDiscriminator:
    tf.keras.utils.set_random_seed(6)
    return MultiScaleDiscriminator(3, 2, 1)


@pytest.fixture
def output() -> FrameOutput:
    shape = (2, 3, HEIGHT, WIDTH, 3)
    frames, raw = random_images(*shape, seed=4), random_images(*shape, seed=5)
    return FrameOutput(frames, raw, None, None, None)


@pytest.fixture
def real() -> tf.Tensor:
    return random_images(2, 3, HEIGHT, WIDTH, 3, seed=6)


@pytest.mark.parametrize("mode", ["lsgan", "hinge"])
def test_terms_of_faces_follow_the_mode_and_the_own_copies(
    discriminator, output, real, mode
):
    # The image discriminator has more copies than the face discriminator.
    config = make(f"losses.gan_mode={mode}", "discriminator.num_scales=3")
    planes = blank(config)
    planes[1, 0, 20, 30, 2] = 24
    channels = encode(config, planes)
    losses, of_discriminator = objective_of(config, face=discriminator).face_losses(
        channels, boxes_of(planes, config), real, output
    )

    def maps(frames: tf.Tensor):
        both = tf.concat([channels, frames], -1)
        return discriminator(both[1, :, 12:28, 22:38])

    of_real, of_fake = maps(real), maps(output.fake_frames)
    scores = [[copy[-1] for copy in of] for of in (of_real, of_fake)]
    assert sorted(losses) == ["feature_matching_face", "gan_face"]
    # One of two examples shows a face, so all terms are halves.
    gan = float(generator_loss(mode, scores[1]))
    assert float(losses["gan_face"]) == pytest.approx(2 * gan / 2, rel=1e-4)
    matching = float(feature_matching_loss(of_real, of_fake))
    assert float(losses["feature_matching_face"]) == pytest.approx(
        2 * 10 * matching / 2, rel=1e-4
    )
    expected = [float(part) / 2 for part in discriminator_loss(mode, *scores)]
    found = [float(of_discriminator[name]) for name in ("face_real", "face_fake")]
    assert found == pytest.approx(expected, rel=1e-4)
    assert len(of_discriminator) == 2


def test_the_factor_and_the_weights_multiply(discriminator, output, real):
    config = make()
    planes = blank(config)
    planes[:, 0, 20, 30, 2] = 24
    channels, boxes = encode(config, planes), boxes_of(planes, config)

    def terms(**weights: float):
        losses = dataclasses.replace(config.losses, **weights)
        changed = dataclasses.replace(config, losses=losses)
        objective = objective_of(changed, face=discriminator)
        return objective.face_losses(channels, boxes, real, output)[0]

    one = terms(face=1.0, gan=1.0, feature_matching=1.0)
    many = terms(face=3.0, gan=0.5, feature_matching=4.0)
    assert float(many["gan_face"]) == pytest.approx(1.5 * float(one["gan_face"]))
    assert float(many["feature_matching_face"]) == pytest.approx(
        12 * float(one["feature_matching_face"])
    )
    # The discriminator goes on training, so the term of the GAN stays.
    none = terms(face=0.0)
    assert list(none) == ["gan_face"]
    assert float(none["gan_face"]) == 0.0


def test_without_a_face_losses_and_gradients_are_zero(discriminator, output, real):
    config = make()
    planes = blank(config)
    channels = encode(config, planes)
    with tf.GradientTape() as tape:
        tape.watch(output.fake_frames)
        objective = objective_of(config, face=discriminator)
        losses, of_discriminator = objective.face_losses(
            channels, boxes_of(planes, config), real, output
        )
        terms = {**losses, **of_discriminator}
        total = tf.add_n(list(terms.values()))
    assert [float(term) for term in terms.values()] == [0.0] * 4
    sources = [output.fake_frames, *discriminator.trainable_variables]
    for gradient in tape.gradient(total, sources):
        np.testing.assert_array_equal(gradient, np.zeros(gradient.shape))


def test_raw_frames_have_no_face_terms_and_faces_get_gradients_in_a_graph(
    discriminator, output, real
):
    config = make()
    planes = blank(config)
    planes[0, 0, 20, 30, 2] = 24
    channels, boxes = encode(config, planes), boxes_of(planes, config)

    @tf.function
    def gradients(fake: tf.Tensor, raw: tf.Tensor):
        frames = FrameOutput(fake, raw, None, None, None)
        objective = objective_of(config, face=discriminator)
        losses, _ = objective.face_losses(channels, boxes, real, frames)
        total = tf.add_n(list(losses.values()))
        none = tf.UnconnectedGradients.NONE
        return tf.gradients(total, [fake, raw], unconnected_gradients=none)

    by_fake, by_raw = gradients(output.fake_frames, output.raw_frames)
    assert by_raw is None
    inside = np.zeros(by_fake.shape, bool)
    inside[0, :, 12:28, 22:38] = True
    assert not np.any(by_fake.numpy()[~inside])
    assert np.count_nonzero(by_fake.numpy()[inside]) > 0.9 * inside.sum()


@pytest.mark.parametrize("task", ["street", "face", "edges"])
def test_faces_need_poses(task):
    with pytest.raises(InputError, match="discriminator.use_face.*task: pose"):
        make(f"task={task}")
