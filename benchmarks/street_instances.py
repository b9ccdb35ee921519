"""How well are objects of label maps told apart and followed, without being told?

Takes the exact labels of the toy street, follows its cars and people as `v2v-tf
annotate --task street` does, and compares with the objects that were drawn. Prints two
shares of their pixels: those with the id that most of their object has, over all its
frames; and those that are right when each id may stand for one object alone and each
object has one id (the best such pairs; identity recall of multi-object tracking).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from v2v_tf.tasks.street.instances_over_time import InstanceFollower
from v2v_tf.toy_street.street import FOREGROUND_LABELS, ToyStreet


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the shares of each clip and of all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--frames", type=int, default=30)
    options = parser.parse_args(argv)
    every = []
    for seed in range(options.clips):
        counts = _clip(seed, (128, 256), options.frames)
        every.append(counts)
        print(f"seed {seed}: {_said(counts)}")
    print(f"all: {_said(np.sum(every, axis=0))}")
    return 0


def _clip(seed: int, size: tuple[int, int], frames: int) -> np.ndarray:
    """Returns pixels: of objects, with the main id, with an id of one object alone."""
    street = ToyStreet(seed, size, frames)
    follower = InstanceFollower(FOREGROUND_LABELS)
    together: dict[tuple[int, int], int] = {}
    for t in range(frames):
        drawn = street.frame(t)
        found = follower.step(drawn.frame, drawn.label_map)
        seen = np.isin(drawn.label_map, FOREGROUND_LABELS)
        pairs = np.stack([drawn.instance_map[seen], found[seen]], axis=-1)
        for (real, own), count in zip(
            *np.unique(pairs.astype(np.int64), axis=0, return_counts=True), strict=True
        ):
            together[int(real), int(own)] = together.get((real, own), 0) + int(count)
    reals, owns = (sorted({pair[side] for pair in together}) for side in (0, 1))
    table = np.zeros((len(reals), len(owns)), np.int64)
    for (real, own), count in together.items():
        table[reals.index(real), owns.index(own)] = count
    matched = table[linear_sum_assignment(-table)]
    return np.array([table.sum(), table.max(axis=1).sum(), matched.sum()])


def _said(counts: np.ndarray) -> str:
    return (
        f"{counts[0]} pixels, {counts[1] / counts[0]:.1%} with the id of most of their "
        f"object, {counts[2] / counts[0]:.1%} with an id that is their object's alone"
    )


if __name__ == "__main__":
    sys.exit(main())
