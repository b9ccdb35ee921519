"""Maps that the backward pass needs, counted from layers."""

from __future__ import annotations

import pytest
import tensorflow as tf

from v2v_tf.config import load_config
from v2v_tf.layers.convolution import (
    ResidualBlock,
    chain,
    downsample,
    stem,
)
from v2v_tf.layers.upsampling import upsample
from v2v_tf.models.common.discriminators import MultiScaleDiscriminator
from v2v_tf.models.common.kept_maps import (
    kept_by,
    kept_by_discriminator,
    kept_by_scales,
    num_convolutions,
)
from v2v_tf.models.registry import family_of


def test_an_encoder_keeps_what_it_reads_and_makes():
    encoder = chain([stem(5), downsample(7), ResidualBlock(7)], "encoder")
    # 5 maps twice; their padded copy; 7 maps of a quarter twice; two convolutions of 7.
    assert kept_by(encoder) == 10 + 5 + 14 / 4 + 2 * (7 + 14) / 4
    assert num_convolutions(encoder) == 4
    encoder(tf.zeros([1, 16, 16, 3]))
    assert kept_by(encoder) == 3 + 10 + 5 + 14 / 4 + 2 * (7 + 14) / 4


def test_a_decoder_begins_with_small_maps():
    decoder = chain([ResidualBlock(8), upsample(6), upsample(4)], "decoder")
    # At a sixteenth, a quarter, and full size, where a head pads 4 maps again.
    assert kept_by(decoder) == 2 * (0 + 16) / 16 + 8 / 16 + 12 / 4 + 8 + 4


def test_coarser_scales_count_a_quarter():
    one, other = chain([stem(3)], "one"), chain([stem(5)], "other")
    assert kept_by_scales([one, other]) == 6 / 4 + 10


def test_a_discriminator_keeps_maps_of_each_copy():
    network = MultiScaleDiscriminator(6, 1, 2)
    # Copies of widths 6, 12 at half size, and their score; the other half as large.
    first = 12 / 4 + 6 / 4 + 24 / 4 + 12 / 4 + 2 / 4
    second = 24 / 4 + 12 / 4 + 48 / 4 + 24 / 4 + 2 / 4
    assert kept_by_discriminator(network) == pytest.approx(first + second / 4)
    assert kept_by_discriminator(network, skip=1) == pytest.approx(second)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("test/toy_street", ("scale0",)),
        ("test/cityscapes_1024", ("scale0", "scale1")),
        ("test/toy_street_first_frame", ("body",)),
    ],
)
def test_a_family_counts_every_scale(name, parts):
    config = load_config(name)
    family = family_of(config)
    generator = family.build_generator(config)
    found = family.kept_maps(generator)
    by_name = {x.name: x for x in generator.submodules if hasattr(x, "name")}
    assert found == kept_by_scales([by_name[part] for part in parts]) > 10
