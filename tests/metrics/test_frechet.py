"""Distances of sets by closed forms and by hand."""

import math

import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.metrics import frechet
from v2v_tf.metrics.frechet import GaussianStatistics


def column(*values: float) -> np.ndarray:
    return np.array(values)[:, None]


def test_statistics_are_unbiased():
    found = frechet.gaussian_statistics(np.array([[1, 10], [3, 14], [8, 3]], np.uint8))
    np.testing.assert_allclose(found.mean, [4, 9])
    # Centred: (-3, 1), (-1, 5), (4, -6).
    np.testing.assert_allclose(found.covariance, [[13, -16], [-16, 31]])
    assert found.covariance.dtype == np.float64


def test_one_feature_is_the_distance_of_means_and_deviations():
    found = frechet.frechet_of_features(column(1, 3, 8), column(2, 6, 7))
    expected = (4 - 5) ** 2 + (math.sqrt(13) - math.sqrt(7)) ** 2
    assert found == pytest.approx(expected, rel=1e-12)


def test_covariances_that_do_not_commute():
    first = GaussianStatistics(np.array([1.0, 2.0]), np.array([[2.0, 1.0], [1.0, 3.0]]))
    second = GaussianStatistics(
        np.array([4.0, -2.0]), np.array([[5.0, -2.0], [-2.0, 1.0]])
    )
    # The eigenvalues a, b of S R (trace 9, determinant 5): (sqrt a + sqrt b)^2 = 9 + 2
    # sqrt 5.
    expected = 25 + 5 + 6 - 2 * math.sqrt(9 + 2 * math.sqrt(5))
    assert frechet.frechet_distance(first, second) == pytest.approx(expected, rel=1e-12)
    assert frechet.frechet_distance(second, first) == pytest.approx(expected, rel=1e-12)


def test_fewer_rows_than_features_give_a_real_number():
    first = np.array([[1.0, 0, 0], [-1, 0, 0]])
    second = np.array([[0, 3.0, 1], [0, -3, 1]])
    # Variances 2 and 18 in directions that do not meet, means 1 apart.
    assert frechet.frechet_of_features(first, second) == pytest.approx(2 + 18 + 1)
    random = np.random.default_rng(4)
    first, second = random.normal(size=(7, 40)), random.normal(2, 3, (9, 40))
    there = frechet.frechet_of_features(first, second)
    assert there == pytest.approx(frechet.frechet_of_features(second, first))
    assert there > 4 * 40 * 0.5 and math.isfinite(there)


@pytest.mark.parametrize("shape", [(50, 6), (5, 30)])
def test_equal_sets_are_at_zero(shape):
    features = np.random.default_rng(1).normal(3, 20, shape)
    found = frechet.frechet_of_features(features, features.copy())
    assert 0 <= found < 1e-9 * features.var()


def test_units_are_those_of_the_features_squared():
    random = np.random.default_rng(2)
    first, second = random.normal(size=(30, 5)), random.normal(1, 2, (20, 5))
    once = frechet.frechet_of_features(first, second)
    assert frechet.frechet_of_features(3 * first, 3 * second) == pytest.approx(9 * once)


def test_kernel_distance_by_hand():
    # Within the first 1, within the second (27 + 0 - 1) / 3, between 38 / 6.
    found = frechet.kernel_distance(column(0, 1), column(1, 2, -1))
    assert found.mean == pytest.approx(1 + 26 / 3 - 2 * 38 / 6)
    assert math.isnan(found.std)
    first, second = np.array([[1, 0], [0, 2]]), np.array([[2, 1], [1, 3]])
    between = (8 + 3.375 + 8 + 64) / 4
    assert frechet.kernel_distance(first, second).mean == pytest.approx(
        1 + 3.5**3 - 2 * between
    )


def test_kernel_distance_over_subsets():
    random = np.random.default_rng(5)
    first, same = random.normal(size=(400, 8)), random.normal(size=(300, 8))
    other = random.normal(0.4, 1, (300, 8))
    options = {"num_subsets": 60, "subset_size": 90}
    near = frechet.kernel_distance(first, same, **options)
    far = frechet.kernel_distance(first, other, **options)
    assert near.std > 0 and abs(near.mean) < near.std
    assert far.mean > 3 * far.std
    assert frechet.kernel_distance(first, same, **options) == near
    assert frechet.kernel_distance(first, same, **options, seed=1) != near
    # The smaller set bounds a subset, so here it is taken whole, the other is not.
    part = frechet.kernel_distance(first, same[:50], num_subsets=3, subset_size=90)
    assert part.std > 0


def test_halves_are_random_and_whole():
    one, other = frechet.halves(7, seed=3)
    assert len(one) == 3 and len(other) == 4
    assert sorted([*one, *other]) == list(range(7))
    drawn = {tuple(frechet.halves(7, seed)[0]) for seed in range(20)}
    assert len(drawn) > 5


def difference(first: np.ndarray, second: np.ndarray) -> float:
    return float(first.mean() - second.mean())


def test_the_floor_keeps_clips_whole():
    clips = [np.full((n, 2), float(10**i)) for i, n in enumerate((1, 4, 2, 3))]
    one, other = frechet.halves(4, seed=2)
    expected = np.concatenate([clips[i] for i in one]).mean()
    expected -= np.concatenate([clips[i] for i in other]).mean()
    assert frechet.real_floor(clips, difference, seed=2) == pytest.approx(expected)


def test_crossed_sets_share_no_clip():
    real = [column(1, 1), column(20, 20), column(300, 300)]
    fake = [column(4000, 4000), column(50000, 50000), column(600000, 600000)]
    one, other = frechet.halves(3, seed=0)
    sums = [np.array([1, 20, 300]), np.array([4000, 50000, 600000])]
    there = sums[1][one].mean() - sums[0][other].mean()
    back = sums[1][other].mean() - sums[0][one].mean()
    assert frechet.crossed(real, fake, difference) == pytest.approx((there + back) / 2)


def test_a_perfect_generator_scores_the_floor():
    random = np.random.default_rng(8)
    real = [random.normal(i % 3, 1, (12, 4)) for i in range(6)]
    measure = frechet.frechet_of_features
    floor = frechet.real_floor(real, measure)
    assert frechet.crossed(real, real, measure) == pytest.approx(floor)


@pytest.mark.parametrize(
    ("features", "words"),
    [
        (np.zeros((1, 3)), r"two rows or more, got \[1, 3\]"),
        (np.zeros(5), r"got \[5\]"),
        (np.zeros((4, 0)), r"got \[4, 0\]"),
        (np.array([[1.0], [np.nan]]), "finite"),
        (np.array([[1.0], [np.inf]]), "finite"),
    ],
)
def test_what_is_no_set_of_features(features, words):
    good = np.zeros((3, 3))
    with pytest.raises(InputError, match=words):
        frechet.gaussian_statistics(features)
    with pytest.raises(InputError, match=words):
        frechet.kernel_distance(good, features)


def test_sets_that_cannot_be_compared():
    two, three = np.eye(2), np.eye(3)
    with pytest.raises(InputError, match="of 2 and of 3 numbers"):
        frechet.frechet_of_features(two, three)
    with pytest.raises(InputError, match="of 3 and of 2 numbers"):
        frechet.kernel_distance(three, two)
    with pytest.raises(InputError, match="got 0 of 5"):
        frechet.kernel_distance(two, two, num_subsets=0, subset_size=5)
    with pytest.raises(InputError, match="two clips or more to halve, got 1"):
        frechet.real_floor([two], frechet.frechet_of_features)
    with pytest.raises(InputError, match="got 1 and 2"):
        frechet.crossed([two, two], [two], frechet.frechet_of_features)
