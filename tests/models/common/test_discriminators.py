"""Counts, map sizes, widths and the resolution of each copy."""

import numpy as np
import pytest
import tensorflow as tf

from v2v_tf.layers.pyramid import halve
from v2v_tf.models.common.discriminators import (
    MultiScaleDiscriminator,
    PatchDiscriminator,
)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [(13, 2_776_769), (39, 2_803_393), (18, 2_781_889), (9, 2_772_673)],
)
def test_a_copy_has_the_published_count(channels, expected):
    copy = PatchDiscriminator(64, 3)
    copy(tf.zeros([1, 16, 16, channels]))
    assert copy.count_params() == expected


@pytest.mark.parametrize(
    ("side", "expected"), [(256, [129, 65, 33, 34, 35]), (512, [257, 129, 65, 66, 67])]
)
def test_maps_grow_by_one(side, expected):
    maps = PatchDiscriminator(2, 3)(tf.zeros([1, side, 16, 3]))
    assert [layer.shape[1] for layer in maps] == expected
    assert [layer.shape[2] for layer in maps] == [9, 5, 3, 4, 5]
    assert [layer.shape[3] for layer in maps] == [2, 4, 8, 16, 1]


def test_widths_double_up_to_512_and_the_last_stage_keeps_the_size():
    maps = PatchDiscriminator(48, 5)(tf.zeros([1, 64, 64, 3]))
    assert [layer.shape[3] for layer in maps] == [48, 96, 192, 384, 512, 512, 1]
    assert maps[-2].shape[1] == maps[-3].shape[1] + 1


@pytest.mark.parametrize(
    ("num_filters", "expected"),
    [(64, [64, 64, 64]), (32, [32, 64, 64]), (12, [12, 24, 48])],
)
def test_coarser_copies_are_wider_up_to_64(num_filters, expected):
    maps = MultiScaleDiscriminator(num_filters, 1, 3)(tf.zeros([1, 16, 16, 3]))
    assert [copy[0].shape[-1] for copy in maps] == expected


def test_copies_read_the_pyramid_full_resolution_first():
    network = MultiScaleDiscriminator(4, 2, 3)
    image = tf.random.stateless_normal([2, 21, 34, 5], [1, 2])
    maps = network(image)
    for copy, maps_of_copy, level in zip(
        network.copies, maps, (image, halve(image), halve(halve(image))), strict=True
    ):
        for layer, expected in zip(maps_of_copy, copy(level), strict=True):
            np.testing.assert_allclose(layer, expected, atol=1e-6)
    assert len({id(w) for copy in network.copies for w in copy.weights}) == len(
        network.weights
    )


def test_two_copies_of_street_512_have_twice_the_weights():
    network = MultiScaleDiscriminator(64, 3, 2)
    network(tf.zeros([1, 16, 32, 39]))
    assert network.count_params() == 2 * 2_803_393


def test_layers_by_hand():
    copy = PatchDiscriminator(3, 1)
    x = tf.random.stateless_normal([2, 9, 12, 4], [3, 4])
    first, second, scores = copy(x)
    inner = copy.convolutions[0](x)
    # No norm in the first stage, slope 0.2, no activation of the scores.
    np.testing.assert_allclose(
        first, np.where(inner > 0, inner, 0.2 * inner.numpy()), atol=1e-6
    )
    normal = copy.normalizations[0](copy.convolutions[1](first))
    np.testing.assert_allclose(second, tf.maximum(normal, 0.2 * normal), atol=1e-6)
    np.testing.assert_allclose(scores, copy.score(second), atol=1e-6)
    assert float(tf.reduce_min(scores)) < 0 < float(tf.reduce_max(scores))
    assert len(copy.normalizations) == 1


def test_examples_do_not_touch_each_other():
    network = MultiScaleDiscriminator(3, 2, 2)
    x = tf.random.stateless_normal([3, 16, 24, 4], [5, 6])
    together = network(x)
    for index in range(3):
        alone = network(x[index : index + 1])
        for copy, expected in zip(together, alone, strict=True):
            for layer, map_alone in zip(copy, expected, strict=True):
                np.testing.assert_allclose(layer[index], map_alone[0], atol=1e-5)


def test_a_chunk_shares_its_mean_and_variance_and_no_other():
    """Three frames of each of two clips, against plain NumPy."""
    copy = PatchDiscriminator(3, 1)
    x = tf.random.stateless_normal([6, 9, 12, 4], [7, 8])
    x += tf.reshape(tf.range(6.0), [6, 1, 1, 1])
    _, second, scores = copy(x, together=3)
    inner = copy.convolutions[1](copy(x)[0]).numpy()  # before the norm
    for clip in range(2):
        frames = inner[3 * clip : 3 * clip + 3]
        normal = frames - frames.mean((0, 1, 2))
        normal /= np.sqrt(frames.var((0, 1, 2)) + 1e-5)
        normal = normal * copy.normalizations[0].gamma + copy.normalizations[0].beta
        expected = tf.maximum(normal, 0.2 * normal)
        np.testing.assert_allclose(
            second[3 * clip : 3 * clip + 3], expected, rtol=1e-3, atol=1e-3
        )
    np.testing.assert_allclose(scores, copy.score(second), atol=1e-5)
    assert np.abs(second - copy(x)[1]).max() > 0.1


def test_only_norms_of_chunks_read_how_many_examples_go_together():
    x = tf.random.stateless_normal([4, 16, 24, 4], [5, 6])
    for norm, differs in (("example", False), ("chunk", True)):
        network = MultiScaleDiscriminator(3, 2, 2, norm=norm)
        alone, of_chunk = network(x), network.of_chunks(0, 2)(x)
        differences = [
            float(np.abs(one - other).max())
            for copy, others in zip(alone, of_chunk, strict=True)
            for one, other in zip(copy, others, strict=True)
        ]
        assert (max(differences) > 1e-3) == differs
        skipped = network.of_chunks(1, 2)(x)
        np.testing.assert_allclose(skipped[0][0], network(x, skip=1)[0][0], atol=1e-5)


def test_spectral_discriminators_normalise_no_maps():
    network = MultiScaleDiscriminator(3, 2, 2, norm="spectral")
    x = tf.random.stateless_normal([2, 16, 24, 4], [5, 6])
    maps = network(x)
    assert all(not copy.normalizations for copy in network.copies)
    assert [layer.shape[-1] for layer in maps[0]] == [3, 6, 12, 1]
    # A constant that is added is seen, which a norm of maps would take away.
    assert np.abs(maps[0][1] - network(x + 1.0)[0][1]).max() > 1e-3
    names = [weight.name for weight in network.trainable_weights]
    assert not any("gamma" in name for name in names)
