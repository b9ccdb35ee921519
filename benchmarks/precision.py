"""How far a reduced precision drifts: frame by frame against the same run in float32.

Rolls a trained run out, free-running, over clips of its records (`--data`), in float32
and in the reduced precision, and prints the PSNR between the two for every frame. The
peak is 2.0: frames are compared in [-1, 1].

    python benchmarks/precision.py --run RUN --data RECORDS --split eval
"""

from __future__ import annotations

import argparse
import itertools
import math
from pathlib import Path

import numpy as np

from v2v_tf.config import PRECISIONS
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.inference.synthesizer import Synthesizer


def psnr(one: np.ndarray, other: np.ndarray) -> float:
    """Returns the PSNR of two images in [-1, 1], in dB; inf for equal ones."""
    error = float(np.mean(np.square(one.astype(np.float64) - other)))
    return math.inf if error == 0 else 10 * math.log10(4.0 / error)


def compare(
    run: Path, data: Path, precision: str, *, split: str, clips: int, frames: int
) -> list[list[float]]:
    """Returns the PSNR of every frame of every clip."""
    results = []
    models = [Synthesizer.load(run, name) for name in ("float32", precision)]
    config, history = models[0].config, models[0].history
    for clip in itertools.islice(read_clips(data, config, split), clips):
        first = clip.take(history + frames)
        full, reduced = (_float_frames(model, first) for model in models)
        results.append([psnr(a, b) for a, b in zip(full, reduced, strict=True)])
    return results


def _float_frames(model: Synthesizer, clip: Clip) -> np.ndarray:
    ids = clip.instances
    channels = model.conditioning.encode(
        clip.conditions, None if ids is None else ids.astype(np.int32)
    )
    first = clip.frames[: model.history].astype(np.float32) / 127.5 - 1.0
    return model.generator.rollout(channels.numpy(), first_frames=first)["fake_frames"]


def main() -> None:
    """Prints a table, a row for each clip."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", type=Path, default=Path("runs/demo/run"))
    # What the pipeline of `make demo` set aside.
    records = Path("runs/demo/pipeline/artifacts/ClipExampleGen/examples/1")
    parser.add_argument("--data", type=Path, default=records)
    parser.add_argument("--split", default="eval")
    parser.add_argument("--precision", choices=PRECISIONS[1:], default=PRECISIONS[1])
    parser.add_argument("--clips", type=int, default=4)
    parser.add_argument("--frames", type=int, default=10)
    args = parser.parse_args()
    if not args.run.is_dir():
        print(f"skipped: no trained run in {args.run}; `make demo` makes one")
        return
    rows = compare(
        args.run,
        args.data,
        args.precision,
        split=args.split,
        clips=args.clips,
        frames=args.frames,
    )
    print(f"PSNR of {args.precision} against float32, dB, by generated frame")
    print("| clip | " + " | ".join(str(i + 1) for i in range(args.frames)) + " |")
    print("|---" * (args.frames + 1) + "|")
    for index, row in enumerate(rows):
        print(f"| {index} | " + " | ".join(f"{value:.1f}" for value in row) + " |")
    print(f"worst: {min(min(row) for row in rows):.1f} dB")


if __name__ == "__main__":
    main()
