"""How much do detectors differ from themselves, on real frames and their mirror image?

Prints the floor of each metric of adherence (docs/method.md, 7.5) at several sizes of
one clip: a folder of frames, or a video.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from v2v_tf.apps.evaluation.adherence import AdherenceMeasure, AdherenceOptions
from v2v_tf.apps.evaluation.distances import FLOOR
from v2v_tf.config import load_config
from v2v_tf.data.sources.finding import list_sequences


def main(argv: Sequence[str] | None = None) -> int:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--frames", type=Path, required=True, metavar="PATH")
    parser.add_argument("--task", required=True)
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument(
        "--widths", type=int, nargs="*", default=[], help="sizes to shrink to besides"
    )
    options = parser.parse_args(argv)
    config = load_config(None, (f"task={options.task}",))
    frames = _read(options.frames)[:: options.every]
    print(f"{len(frames)} frames\n| size | metric | floor |\n|---|---|---:|")
    for width in (frames.shape[2], *options.widths):
        height = round(frames.shape[1] * width / frames.shape[2])
        real = np.stack([_shrunk(frame, width, height) for frame in frames])
        measure = AdherenceMeasure.load(config, AdherenceOptions(is_needed=True))
        found = measure.measure("clip", real, {"real": real})["real"]
        for name, value in found.items():
            if name.endswith(FLOOR):
                metric = name.removesuffix(FLOOR)
                print(f"| {width}x{height} | `{metric}` | {value:.4f} |")
        for note in measure.notes():
            print(f"  {note}", file=sys.stderr)
    return 0


def _read(path: Path) -> np.ndarray:
    """Returns the frames of the first sequence, uint8 [T, H, W, 3]."""
    sequence = next(iter(list_sequences(path, load_config(None, ("task=edges",)))))
    with sequence.open() as reader:
        return np.stack([frame.raw.image for frame in reader.frames()])


def _shrunk(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    if (height, width) == frame.shape[:2]:
        return frame
    return cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    sys.exit(main())
