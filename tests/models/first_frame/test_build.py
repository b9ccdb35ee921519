"""From a configuration to its image generator."""

from __future__ import annotations

import pytest

from tests.models.conftest import count
from v2v_tf import config as configuration
from v2v_tf.models.first_frame.build import build_image_network, build_weights, parts_of
from v2v_tf.tasks import registry

# method.md 1.8, 35 labels; a channel more is 7 * 7 * 64 weights of the first layer.
LABELS = 45_693_699
ENHANCED = (
    *("first_frame.num_filters=32", "first_frame.num_downsamples=4"),
    *("first_frame.num_enhancers=1", "conditioning.street.use_instances=false"),
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("preset", "overrides", "expected"),
    [
        ("cityscapes_512", (), LABELS + 3136),
        ("cityscapes_512", ("conditioning.street.use_instances=false",), LABELS),
        ("cityscapes_512", ENHANCED, 182_852_355),
        ("face_512", (), LABELS - 20 * 3136),
        ("pose_256", (), LABELS - 29 * 3136),
    ],
)
def test_presets_have_the_published_size(symbolic, preset, overrides, expected):
    config = configuration.load_config(f"{preset}_first_frame", overrides)
    network = build_image_network(config)
    build_weights(network, registry.create(config).num_channels)
    assert count(network) == expected
    assert network.multiple == config.size_multiple


def test_a_network_is_its_parts(symbolic):
    for enhancers in (0, 2):
        override = f"first_frame.num_enhancers={enhancers}"
        config = configuration.load_config("test/toy_street_first_frame", (override,))
        network = build_image_network(config)
        build_weights(network, 5)
        parts = parts_of(network)
        assert sum(map(count, parts.values())) == count(network)
        names = ["global", *(f"enhancer {n + 1}" for n in range(enhancers))]
        assert list(parts) == [*names, f"{names[-1]} head"]


def test_norms_can_learn_a_scale_and_a_shift(symbolic):
    counts = []
    for value in ("false", "true"):
        override = f"first_frame.affine_norms={value}"
        config = configuration.load_config("test/toy_street_first_frame", (override,))
        network = build_image_network(config)
        build_weights(network, 5)
        counts.append(count(network))
    # Stem, two downsamplings, two blocks of two, two upsamplings.
    assert counts[1] - counts[0] == 2 * (4 + 8 + 16 + 4 * 16 + 8 + 4)
