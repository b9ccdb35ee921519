"""How much does smoothing steady landmarks, and how far does it move them?

Reads what `v2v-tf annotate --task face` found in a video of one face, and prints the
table of docs/annotating.md. Jitter is the root mean square of the second difference
over time; both numbers are shares of the distance of the outer eye corners.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from v2v_tf.apps.annotation.findings import read_findings
from v2v_tf.apps.annotation.smoothing import parse_smoothing

_EYES = 36, 45  # outer corners
_WAYS = ("off", "3", "5", "one-euro")


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--annotated", type=Path, required=True, metavar="DIR")
    folder: Path = parser.parse_args(argv).annotated
    facts = json.loads((folder / "annotations.json").read_text(encoding="utf-8"))
    (sequence,) = facts["sequences"]
    files = sorted((folder / "detections").glob("*/*.npz"))
    frames = [frame for path in files for frame in read_findings(path)]
    found = np.stack([frame.people[0].value for frame in frames]).astype(np.float64)
    eyes = np.linalg.norm(found[:, _EYES[0]] - found[:, _EYES[1]], axis=-1).mean()
    print(f"{len(found)} frames\n| --smooth | jitter | moved |\n|---|---:|---:|")
    for way in _WAYS:
        fps = float(Fraction(sequence["fps"]))
        points = parse_smoothing(way).of_points(found, fps)
        jitter = _size(np.diff(points, n=2, axis=0)) / eyes
        print(f"| {way} | {jitter:.2%} | {_size(points - found) / eyes:.2%} |")
    return 0


def _size(vectors: np.ndarray) -> float:
    return float(np.sqrt((vectors**2).sum(axis=-1).mean()))


if __name__ == "__main__":
    sys.exit(main())
