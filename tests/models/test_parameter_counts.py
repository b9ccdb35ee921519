"""Counts and shapes of the published sizes, traced, never allocated."""

from __future__ import annotations

import pytest
import tensorflow as tf

from tests.models.conftest import count
from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.layers.pyramid import pyramid
from v2v_tf.models.vid2vid.generator import SequentialGenerator, build_generator


def trace(config: Config, height: int, width: int) -> SequentialGenerator:
    generator = build_generator(config)
    shape = [1, height, width]
    conditions = tf.zeros(
        [*shape, generator.config.num_frames * generator.num_channels]
    )
    levels = pyramid(
        tf.zeros([*shape, 3 * generator.num_prev_frames]), len(generator.scales)
    )
    generator(conditions, tuple(reversed(levels)))
    return generator


FOREGROUND = ("foreground_encoder", "foreground_decoder", "foreground_head")
# Weights of each scale, coarsest first (method.md 1.15).
ROWS = {
    "street 512": ("cityscapes_512", (), [411_335_241]),
    "street 512 without foreground": (
        "cityscapes_512_no_foreground",
        (),
        [365_391_366],
    ),
    "street 1024": ("cityscapes_1024", (), [411_335_241, 2_880_489]),
    "street 2048": ("cityscapes_2048", (), [411_335_241, 2_880_489, 859_641]),
    "street 256 on one GPU": ("cityscapes_256_single_gpu", (), [137_792_649]),
    "street 512 on one GPU": (
        "cityscapes_512_single_gpu",
        (),
        [137_792_649, 3_830_217],
    ),
    "street 1024 on one GPU": (
        "cityscapes_1024_single_gpu",
        (),
        [137_792_649, 3_830_217, 1_140_969],
    ),
    "face 512": ("face_512", (), [364_996_230]),
    "face 256 on one GPU": ("face_256_single_gpu", (), [91_370_310]),
    "face 512 on one GPU": (
        "face_512_single_gpu",
        (),
        [91_370_310, 608_550],
    ),
    "pose 256": ("pose_256", (), [364_826_886]),
    "pose 512": ("pose_512", (), [364_826_886, 2_164_614]),
    "pose 1024": ("pose_1024", (), [364_826_886, 2_164_614, 566_214]),
    "pose 256 on one GPU": ("pose_256_single_gpu", (), [91_285_638]),
    "pose 512 on one GPU": ("pose_512_single_gpu", (), [91_285_638, 566_214]),
    "pose 1024 on one GPU": (
        "pose_1024_single_gpu",
        (),
        [91_285_638, 566_214, 154_086],
    ),
    "pose 256 of OpenPose alone": (
        "pose_256",
        ("conditioning.pose.use_densepose=false", "generator.use_flow=false"),
        [283_033_731],
    ),
}
QUICK = ("street 512 on one GPU",)


@pytest.mark.parametrize(
    "row",
    [r if r in QUICK else pytest.param(r, marks=pytest.mark.slow) for r in ROWS],
)
def test_generators_have_the_published_count(row, symbolic):
    preset, overrides, expected = ROWS[row]
    generator = trace(configuration.load_config(preset, overrides), 64, 128)
    assert [count(scale) for scale in generator.scales] == expected
    assert count(generator) == sum(expected)
    assert all(weight.trainable for weight in generator.weights)


@pytest.mark.slow
def test_the_parts_and_shapes_of_street_1024(symbolic):
    generator = trace(configuration.load_config("cityscapes_1024"), 512, 1024)
    coarse, enhancer = generator.scales
    expected = {
        "condition_encoder": 101_278_848,
        "frame_encoder": 100_639_104,
        "image_decoder": 75_522_048 + 6_195_840,
        "image_head": 18_819,
        "flow_decoder": 75_522_048 + 6_195_840,
        "flow_head": 12_546,
        "mask_head": 6_273,
    }
    assert {name: count(getattr(coarse, name)) for name in expected} == expected
    assert sum(count(getattr(coarse, name)) for name in FOREGROUND) == 45_943_875
    expected = {
        "condition_encoder": 412_992,
        "frame_encoder": 93_120,
        "image_decoder": 960_960,
        "image_head": 9_411,
        "flow_decoder": 960_960,
        "flow_head": 6_274,
        "mask_head": 3_137,
    }
    assert {name: count(getattr(enhancer, name)) for name in expected} == expected
    assert sum(count(getattr(enhancer, name)) for name in FOREGROUND) == 433_635

    conditions = tf.zeros([1, 256, 512, 108])
    fused = coarse.condition_encoder(conditions)
    assert fused.shape == [1, 32, 64, 1024]
    assert coarse.frame_encoder(tf.zeros([1, 256, 512, 6])).shape == fused.shape
    assert coarse.image_decoder(fused).shape == [1, 256, 512, 128]
    assert coarse.flow_decoder(fused).shape == [1, 256, 512, 128]
    bottleneck = coarse.foreground_encoder(conditions)
    assert bottleneck.shape == [1, 32, 64, 512]
    assert coarse.foreground_decoder(bottleneck).shape == [1, 256, 512, 64]
    # What the coarse scale hands up has the shape of the enhancer's own stem.
    stem = enhancer.condition_encoder(tf.zeros([1, 512, 1024, 108]))
    assert stem.shape == [1, 256, 512, 128]
    assert enhancer.image_decoder(stem).shape == [1, 512, 1024, 64]


@pytest.mark.slow
def test_the_foreground_branch_of_two_downsamplings_is_as_wide_as_the_rest(symbolic):
    generator = trace(configuration.load_config("cityscapes_256_single_gpu"), 32, 64)
    coarse = generator.scales[0]
    assert sum(count(getattr(coarse, name)) for name in FOREGROUND) == 46_144_131
    assert count(generator) == 137_792_649
