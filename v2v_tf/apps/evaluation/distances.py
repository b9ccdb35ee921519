"""Distances between all generated and all real clips, each beside its floor."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from v2v_tf.metrics.frechet import (
    Distance,
    crossed,
    frechet_of_features,
    halves,
    kernel_distance,
    real_floor,
)
from v2v_tf.metrics.summary import MetricInfo

SEED = 0  # of halves and subsets
# Of the kernel distance; 100 of 1000 are usual, and eight times the work.
SUBSETS, SUBSET_SIZE = 50, 500
FLOOR, HALVES, STD = "_floor", "_halves", "_std"
# Features of each clip, [N, D], by the name of what made them.
Features = Mapping[str, Sequence[np.ndarray]]


@dataclass(frozen=True)
class SetDistance:
    """Describes a distance between sets of clips.

    Attributes:
        features: the kind that it compares.
        measure: function that returns the distance of two sets of features.
        info: unit and direction, as tables note them.
        spread: standard deviation of `measure` over subsets, where it draws some.
    """

    features: str
    measure: Distance
    info: MetricInfo
    spread: Distance | None = None


def _kernel(part: int) -> Callable[[np.ndarray, np.ndarray], float]:
    return lambda first, second: kernel_distance(
        first, second, num_subsets=SUBSETS, subset_size=SUBSET_SIZE, seed=SEED
    )[part]


_NOTE = "lower is closer; real: one half of the clips against the other, the floor"
DISTANCES: Mapping[str, SetDistance] = {
    "frechet_toyseg": SetDistance(
        "toyseg",
        frechet_of_features,
        MetricInfo(
            "frechet_toyseg",
            f"frames in the project's own segmentation network, no FID; {_NOTE}",
        ),
    ),
    "frechet_toyseg_video": SetDistance(
        "toyseg_video",
        frechet_of_features,
        MetricInfo(
            "frechet_toyseg_video",
            "windows of 8 frames in the project's own segmentation network, no FVD; "
            f"{_NOTE}",
        ),
    ),
    "fid_keras_inception": SetDistance(
        "keras_inception",
        frechet_of_features,
        MetricInfo(
            "fid_keras_inception",
            f"with Keras' weights, not those of published FIDs; {_NOTE}",
        ),
    ),
    "kid_keras_inception": SetDistance(
        "keras_inception",
        _kernel(0),
        MetricInfo(
            "kid_keras_inception",
            f"over {SUBSETS} subsets of {SUBSET_SIZE} frames at most; with Keras' "
            f"weights, not those of published KIDs; {_NOTE}",
        ),
        _kernel(1),
    ),
    "fvd": SetDistance(
        "video_network",
        frechet_of_features,
        MetricInfo("fvd", f"with the video network of --video-network; {_NOTE}"),
    ),
}
HALVES_NOTE = (
    "generated clips of one half against real clips of the other, to hold to the floor"
)


def set_distances(real: Features, fake: Features) -> dict[str, float]:
    """Returns every distance that the features allow.

    Args:
        real: features of the real clips.
        fake: features of the generated clips, in the same order.

    Returns:
        `x`, all generated against all real; `x_floor` and `x_halves`, as
        `metrics.frechet` has them: `real_floor` and `crossed`; `x_std` of a distance
        over subsets. What has fewer than two rows in a set is left out.
    """
    values = {}
    for name, distance in DISTANCES.items():
        if distance.features not in real:
            continue
        theirs, ours = real[distance.features], fake[distance.features]
        if _fewest(theirs, [range(len(theirs))]) < 2:
            continue
        everything = np.concatenate(ours), np.concatenate(theirs)
        values[name] = distance.measure(*everything)
        if distance.spread is not None:
            values[f"{name}{STD}"] = distance.spread(*everything)
        if smaller_half(theirs) >= 2:
            measure = distance.measure
            values[f"{name}{FLOOR}"] = real_floor(theirs, measure, SEED)
            values[f"{name}{HALVES}"] = crossed(theirs, ours, measure, SEED)
    return {name: value for name, value in values.items() if np.isfinite(value)}


def size_notes(real: Features) -> list[str]:
    """Returns a sentence for each kind of features: how many, and what that allows."""
    notes = []
    for kind, clips in real.items():
        names = " and ".join(n for n, d in DISTANCES.items() if d.features == kind)
        count, width = sum(map(len, clips)), clips[0].shape[1]
        half = smaller_half(clips)
        note = f"{names}: {count} features of {width} numbers"
        if count < 2:
            note += ", too few for a distance: measure more or longer clips"
        elif half < 2:
            note += ", too few for halves and a floor: measure more clips"
        else:
            note += f", {half} in the smaller half (seed {SEED})"
            if half <= width:
                note += (
                    ", fewer than a covariance of that width needs: the number counts "
                    "beside the floor alone"
                )
        notes.append(note)
    return notes


def smaller_half(clips: Sequence[np.ndarray]) -> int:
    """Returns how many features the smaller half has; 0 for a single clip."""
    return _fewest(clips, halves(len(clips), SEED)) if len(clips) > 1 else 0


def _fewest(clips: Sequence[np.ndarray], parts: Sequence) -> int:
    return min(sum(len(clips[index]) for index in part) for part in parts)
