"""Every distance beside its floor, and silence where there are too few clips."""

import numpy as np
import pytest

from v2v_tf.apps.evaluation.distances import (
    DISTANCES,
    set_distances,
    size_notes,
    smaller_half,
)
from v2v_tf.metrics.frechet import frechet_of_features, halves, kernel_distance


def clips(*lengths: int, width: int = 3, mean: float = 0.0) -> list[np.ndarray]:
    random = np.random.default_rng(sum(lengths) + int(10 * mean))
    return [random.normal(mean, 1, (length, width)) for length in lengths]


def test_all_halves_and_floor():
    real, fake = clips(9, 7, 8, 6), clips(9, 7, 8, 6, mean=2.0)
    found = set_distances({"toyseg": real}, {"toyseg": fake})
    assert sorted(found) == [
        "frechet_toyseg",
        "frechet_toyseg_floor",
        "frechet_toyseg_halves",
    ]
    whole = frechet_of_features(np.concatenate(fake), np.concatenate(real))
    assert found["frechet_toyseg"] == pytest.approx(whole)
    one, other = (np.concatenate([real[i] for i in part]) for part in halves(4))
    floor = frechet_of_features(one, other)
    assert found["frechet_toyseg_floor"] == pytest.approx(floor)
    # Three means 2 apart.
    assert found["frechet_toyseg_halves"] == pytest.approx(12, rel=0.4)
    assert found["frechet_toyseg_floor"] < 2


@pytest.mark.slow
def test_one_kind_of_features_gives_fid_and_kid():
    real, fake = clips(300, 260), clips(300, 260, mean=0.5)
    found = set_distances({"keras_inception": real}, {"keras_inception": fake})
    both = np.concatenate(fake), np.concatenate(real)
    kernel = kernel_distance(*both, num_subsets=50, subset_size=500)
    assert found["kid_keras_inception"] == pytest.approx(kernel.mean)
    assert found["kid_keras_inception_std"] == pytest.approx(kernel.std)
    assert found["fid_keras_inception"] == pytest.approx(frechet_of_features(*both))
    assert {"fid_keras_inception_floor", "kid_keras_inception_halves"} <= set(found)


def test_small_sets_have_no_spread():
    real = clips(5, 6)
    found = set_distances({"keras_inception": real}, {"keras_inception": real})
    assert "kid_keras_inception" in found and "kid_keras_inception_std" not in found


@pytest.mark.parametrize(
    ("lengths", "expected", "words"),
    [
        ((5,), {"fvd"}, "too few for halves and a floor"),
        ((1,), set(), "too few for a distance"),
        ((0, 0), set(), "too few for a distance"),
        ((1, 1), {"fvd"}, "too few for halves and a floor"),
        ((2, 3), {"fvd", "fvd_floor", "fvd_halves"}, "beside the floor alone"),
    ],
)
def test_what_few_clips_allow(lengths, expected, words):
    features = {"video_network": clips(*lengths)}
    assert set(set_distances(features, features)) == expected
    (note,) = size_notes(features)
    assert note.startswith(f"fvd: {sum(lengths)} features of 3 numbers")
    assert words in note


def test_enough_clips_need_no_warning():
    features = {"keras_inception": clips(5, 4, 6, 7)}
    (note,) = size_notes(features)
    assert note.startswith("fid_keras_inception and kid_keras_inception: 22 features")
    assert note.endswith(
        f", {smaller_half(features['keras_inception'])} in the smaller half (seed 0)"
    )


def test_no_number_of_our_network_is_called_fid():
    for name, distance in DISTANCES.items():
        if distance.features.startswith("toyseg"):
            assert name.startswith("frechet_toyseg") and "no F" in distance.info.note
