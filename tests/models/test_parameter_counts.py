"""Counts and shapes of the published sizes (A1 to A3), traced, never allocated."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.conditioning import registry
from v2v_tf.config import Config
from v2v_tf.models.generator import CoarseGenerator
from v2v_tf.models.vid2vid import build_generator


@pytest.fixture
def symbolic() -> Iterator[None]:
    """Everything inside is a graph that nobody runs: no weight is drawn."""
    with tf.Graph().as_default():
        yield


def count(network: tf.keras.layers.Layer) -> int:
    return sum(weight.shape.num_elements() for weight in network.weights)


def trace(config: Config, height: int, width: int) -> CoarseGenerator:
    generator = build_generator(config)
    frames = config.generator.num_frames
    channels = registry.create(config).num_channels
    generator(
        tf.zeros([1, height, width, frames * channels]),
        tf.zeros([1, height, width, (frames - 1) * 3]),
    )
    return generator


FOREGROUND = ("foreground_encoder", "foreground_decoder", "foreground_head")
ROWS = {
    "street 512 without foreground": (
        "cityscapes_512",
        ("generator.use_foreground=false",),
        365_391_366,
    ),
    "face 512": ("face_512", (), 364_996_230),
    "face 256 on one GPU": ("face_512", ("generator.num_filters=64",), 91_370_310),
    "pose 256": ("pose_256", (), 364_826_886),
    "pose 256 on one GPU": ("pose_256", ("generator.num_filters=64",), 91_285_638),
    "pose 256 of OpenPose alone": (
        "pose_256",
        ("conditioning.pose.use_densepose=false", "generator.use_flow=false"),
        283_033_731,
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("row", list(ROWS))
def test_generators_have_the_original_s_count(row, symbolic):
    preset, overrides, expected = ROWS[row]
    generator = trace(configuration.load(preset, overrides), 32, 64)
    assert count(generator) == expected
    assert all(weight.trainable for weight in generator.weights)


def test_the_parts_and_shapes_of_street_512(symbolic):
    generator = trace(configuration.load("cityscapes_512"), 256, 512)
    expected = {
        "condition_encoder": 101_278_848,
        "frame_encoder": 100_639_104,
        "image_decoder": 75_522_048 + 6_195_840,
        "image_head": 18_819,
        "flow_decoder": 75_522_048 + 6_195_840,
        "flow_head": 12_546,
        "mask_head": 6_273,
    }
    parts = {name: count(getattr(generator, name)) for name in expected}
    assert parts == expected
    assert sum(count(getattr(generator, name)) for name in FOREGROUND) == 45_943_875
    assert count(generator) == 411_335_241

    conditions = tf.zeros([1, 256, 512, 108])
    features = generator.condition_encoder(conditions)
    assert features.shape == [1, 32, 64, 1024]
    assert generator.frame_encoder(tf.zeros([1, 256, 512, 6])).shape == features.shape
    assert generator.image_decoder(features).shape == [1, 256, 512, 128]
    assert generator.flow_decoder(features).shape == [1, 256, 512, 128]
    bottleneck = generator.foreground_encoder(conditions)
    assert bottleneck.shape == [1, 32, 64, 512]
    assert generator.foreground_decoder(bottleneck).shape == [1, 256, 512, 64]


@pytest.mark.slow
def test_the_foreground_branch_of_two_halvings_is_as_wide_as_the_rest(symbolic):
    generator = trace(configuration.load("cityscapes_256_single_gpu"), 32, 64)
    assert sum(count(getattr(generator, name)) for name in FOREGROUND) == 46_144_131
    assert count(generator) == 137_792_649
