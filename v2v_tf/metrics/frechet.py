"""Distances between two sets of features: do generated pictures look like real ones?

The pure core: arrays in, numbers out, whatever network made the features. Fréchet
distance: Heusel et al. 2017 (arXiv 1706.08500), kernel distance:
Binkowski et al. 2018 (arXiv 1801.01401).

Both grow as sets get smaller (the Fréchet distance) or get noisier (both), so a number
counts only beside one of sets of the same size: `real_floor` is what real clips score
against other real clips, `crossed` is what generated clips score in their place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from v2v_tf.errors import InputError

Distance = Callable[[np.ndarray, np.ndarray], float]


class GaussianStatistics(NamedTuple):
    """Holds mean and covariance of a set of features.

    Attributes:
        mean: float64 [D].
        covariance: float64 [D, D], unbiased (divided by N - 1).
    """

    mean: np.ndarray
    covariance: np.ndarray


class KernelDistance(NamedTuple):
    """Holds a kernel distance and its standard deviation over subsets.

    Attributes:
        mean: over subsets.
        std: standard deviation over subsets; NaN where there was a single one.
    """

    mean: float
    std: float


def gaussian_statistics(features: np.ndarray) -> GaussianStatistics:
    """Returns mean and covariance of features.

    With N <= D the covariance has rank N - 1 at most. Distances are defined then too,
    but say more of N than of the pictures: compare sets of one size only.

    Args:
        features: [N, D], one row for each picture or video, N >= 2.

    Raises:
        InputError: fewer than two rows, another shape, NaN or infinity.
    """
    features = check_features("features", features)
    mean = features.mean(axis=0)
    centred = features - mean
    return GaussianStatistics(mean, centred.T @ centred / (len(features) - 1))


def frechet_distance(first: GaussianStatistics, second: GaussianStatistics) -> float:
    """Returns |m - n|^2 + Tr(S + R - 2 (S R)^(1/2)) of two Gaussians.

    The trace of (S R)^(1/2) is the sum of the singular values of S^(1/2) R^(1/2).
    Both roots are of symmetric matrices, so no number turns complex and singular
    covariances need no offset.

    Args:
        first: mean m and covariance S.
        second: mean n and covariance R, of as many features.

    Returns:
        0 or more, in squared units of the features; 0 for equal Gaussians, the same
        when the two change places (both up to rounding).

    Raises:
        InputError: other numbers of features.
    """
    if first.mean.shape != second.mean.shape:
        raise InputError(
            f"frechet_distance: features of {len(first.mean)} and of "
            f"{len(second.mean)} numbers cannot be compared: take both from one network"
        )
    roots = _square_root(first.covariance) @ _square_root(second.covariance)
    shared = np.linalg.svd(roots, compute_uv=False).sum()
    spread = np.trace(first.covariance) + np.trace(second.covariance) - 2.0 * shared
    apart = np.square(first.mean - second.mean).sum()
    return float(max(apart + spread, 0.0))


def frechet_of_features(first: np.ndarray, second: np.ndarray) -> float:
    """Returns `frechet_distance` of two sets of features, [N, D] and [M, D]."""
    return frechet_distance(gaussian_statistics(first), gaussian_statistics(second))


def kernel_distance(
    first: np.ndarray,
    second: np.ndarray,
    *,
    num_subsets: int = 100,
    subset_size: int = 1000,
    seed: int = 0,
) -> KernelDistance:
    """Returns the squared maximum mean discrepancy for the kernel (x.y / D + 1)^3.

    The estimate is unbiased: about 0 for equal distributions, negative as often as
    positive. It is the mean over random subsets of `subset_size` rows of each set;
    where neither set holds more, both are compared once, whole.

    Args:
        first: [N, D], N >= 2.
        second: [M, D], M >= 2.
        num_subsets: number of pairs of subsets.
        subset_size: rows of each, 2 or more; at most the smaller set's.
        seed: seed of the subsets.

    Raises:
        InputError: as `gaussian_statistics`; other numbers of features; no subsets.
    """
    first = check_features("first", first)
    second = check_features("second", second)
    if first.shape[1] != second.shape[1]:
        raise InputError(
            f"kernel_distance: features of {first.shape[1]} and of {second.shape[1]} "
            "numbers cannot be compared: take both from one network"
        )
    if num_subsets < 1 or subset_size < 2:
        raise InputError(
            "kernel_distance: expected 1 subset or more of 2 rows or more, got "
            f"{num_subsets} of {subset_size}"
        )
    if max(len(first), len(second)) <= subset_size:
        return KernelDistance(_discrepancy(first, second), float("nan"))
    size = min(subset_size, len(first), len(second))
    random = np.random.default_rng(seed)
    values = [
        _discrepancy(
            first[random.choice(len(first), size, replace=False)],
            second[random.choice(len(second), size, replace=False)],
        )
        for _ in range(num_subsets)
    ]
    std = float(np.std(values)) if num_subsets > 1 else float("nan")
    return KernelDistance(float(np.mean(values)), std)


def halves(num_clips: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Returns the indices of two random halves of the clips, rising.

    Of an odd number the second half has one more.

    Raises:
        InputError: fewer than two clips.
    """
    if num_clips < 2:
        raise InputError(
            f"expected two clips or more to halve, got {num_clips}: measure more clips"
        )
    order = np.random.default_rng(seed).permutation(num_clips)
    middle = num_clips // 2
    return np.sort(order[:middle]), np.sort(order[middle:])


def real_floor(real: Sequence[np.ndarray], distance: Distance, seed: int = 0) -> float:
    """Returns the distance between two halves of the real clips.

    Clips stay whole: frames of one clip are alike, and spread over both halves they
    would make the floor too low.

    Args:
        real: [N, D] of each clip.
        distance: function that returns the distance of two sets of features.
        seed: seed of the halves.

    Raises:
        InputError: fewer than two clips, or as `distance`.
    """
    one, other = halves(len(real), seed)
    return distance(_joined(real, one), _joined(real, other))


def crossed(
    real: Sequence[np.ndarray],
    fake: Sequence[np.ndarray],
    distance: Distance,
    seed: int = 0,
) -> float:
    """Returns the distance of generated clips to real clips of other scenes.

    Of the same halves as `real_floor`: each half's generated clips against the other
    half's real ones, and the mean of the two. So sets have the floor's size and share
    no scene, and a perfect generator would score about the floor.

    Args:
        real: [N, D] of each clip.
        fake: [N, D] of each clip, in the same order.
        distance: function that returns the distance of two sets of features.
        seed: seed of the halves.

    Raises:
        InputError: other numbers of clips, fewer than two, or as `distance`.
    """
    if len(real) != len(fake):
        raise InputError(
            f"crossed: expected as many generated clips as real ones, got {len(fake)} "
            f"and {len(real)}"
        )
    one, other = halves(len(real), seed)
    there = distance(_joined(fake, one), _joined(real, other))
    back = distance(_joined(fake, other), _joined(real, one))
    return (there + back) / 2.0


def check_features(name: str, features: np.ndarray) -> np.ndarray:
    """Checks features and returns them as float64.

    Raises:
        InputError: not numbers [N, D] of two rows or more, or NaN or infinity.
    """
    features = np.asarray(features, np.float64)
    if features.ndim != 2 or len(features) < 2 or not features.shape[1]:
        raise InputError(
            f"{name}: expected [N, D] of two rows or more, got {list(features.shape)}: "
            "a distance of sets needs several pictures or videos"
        )
    if not np.isfinite(features).all():
        raise InputError(f"{name}: expected finite numbers, got NaN or infinity")
    return features


def _square_root(covariance: np.ndarray) -> np.ndarray:
    """Returns the symmetric root; eigenvalues below 0 are rounding, and become 0."""
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T


def _discrepancy(x: np.ndarray, y: np.ndarray) -> float:
    within = _kernel(x, x), _kernel(y, y)
    # Without the diagonal: a picture is always like itself.
    means = [(k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in within]
    return float(sum(means) - 2.0 * _kernel(x, y).mean())


def _kernel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return (x @ y.T / x.shape[1] + 1.0) ** 3


def _joined(clips: Sequence[np.ndarray], chosen: np.ndarray) -> np.ndarray:
    return np.concatenate([clips[index] for index in chosen])
