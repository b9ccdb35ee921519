"""What is a pack worth to begin with? Ten minutes from it against an hour from nothing.

Clips of the toy street in other colours (an evening) and of other seeds train two
models of the same networks: one begins with the pack `toy-street-128`, one with random
weights. Both are rolled out over held-out clips. Run on one core, such as by `taskset`,
so that the minutes compare; they are printed as they were.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from quality_lib import evaluation
from quality_lib.study import curriculum, stage

from v2v_tf.storage.files import write_text
from v2v_tf.toy_street.writer import write_clips

_ROOT = Path(__file__).resolve().parents[1]
_PRESET = "toy_street_128"
_CLIPS = {"train": (96, 24, 550), "held_out": (12, 30, 551)}  # clips, frames, seed
# Rows: red, green, blue of the evening, each a mixture of those of the day.
_EVENING = np.float32([[0.25, 0.75, 0.1], [0.1, 0.25, 0.45], [0.55, 0.1, 0.3]])
_FALLING = ", end_learning_rate: 3.0e-5"
_RUNS = {
    "pack": (
        *("--from-pretrained", "toy-street-128"),
        *("--set", curriculum(stage("long", 9, 24, 12, 2, _FALLING))),
    ),
    "nothing": (
        *("--config", _PRESET, "--set", "losses.mask=1.0", "--set"),
        curriculum(
            stage("flow", 4, 50, 2, 4, ", kind: flow"),
            stage("short", 2, 50, 4, 2),
            stage("long", 55, 24, 12, 2, _FALLING),
        ),
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Does what is missing, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, default=_ROOT / "runs/finetuning")
    parser.add_argument(
        "--results", type=Path, default=_ROOT / "benchmarks/results/finetuning.json"
    )
    options = parser.parse_args(argv)
    for name, clips in _CLIPS.items():
        _records(options.work, name, *clips)
    found = {}
    if options.results.exists():
        found = json.loads(options.results.read_text(encoding="utf-8"))
    for name in [name for name in _RUNS if name not in found]:
        minutes = _train(options.work, name)
        numbers, _ = evaluation.evaluate(options.work / name, options.work / "held_out")
        found[name] = {"minutes": minutes, **numbers["mean"]}
        write_text(options.results, json.dumps(found, indent=1))
    _print(found)
    return 0


def _records(work: Path, name: str, count: int, frames: int, seed: int) -> None:
    """Writes clips of an evening, and prepares them, unless that was done."""
    if (work / name).exists():
        return
    clips = work / f"clips_{name}"
    size = (64, 128)
    write_clips(clips, count, frames, size, seed, overwrite=True)
    for path in clips.glob("train_B/*/*.png"):
        day = cv2.imread(str(path))[..., ::-1]
        cv2.imwrite(str(path), evening(day)[..., ::-1])
    _v2v("prepare", "--config", _PRESET, "--source", clips, "--output", work / name)


def evening(frame: np.ndarray) -> np.ndarray:
    """Returns a frame in other colours, uint8 [H, W, 3]."""
    mixed = frame.astype(np.float32) @ _EVENING.T
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _train(work: Path, name: str) -> float:
    """Trains a run and fits its styles; returns the minutes of all its sittings."""
    log = work / f"{name}.json"
    minutes = json.loads(log.read_text()) if log.exists() else 0.0
    begin = time.monotonic()
    try:
        _v2v(
            *("train", *_RUNS[name], "--data", work / "train", "--run", work / name),
            *("--set", "runtime.precision=mixed_bfloat16"),
            *("--set", "previews.clips=0"),
        )
    finally:
        minutes += (time.monotonic() - begin) / 60
        write_text(log, json.dumps(minutes))
    _v2v("styles", "fit", "--model", work / name, "--data", work / "train")
    return minutes


def _v2v(*arguments: object) -> None:
    command = [sys.executable, "-m", "v2v_tf.cli.main", *map(str, arguments)]
    subprocess.run(command, check=True)


def _print(found: dict[str, dict[str, float]]) -> None:
    print("| from | minutes | PSNR | sharpness / real | Frechet, halves (floor) |")
    print("|---|---|---|---|---|")
    for name, row in found.items():
        sharpness = 100 * row["sharpness"] / row["sharpness_real"]
        frechet, floor = row["frechet_toyseg_halves"], row["frechet_toyseg_floor"]
        print(
            f"| {name} | {row['minutes']:.1f} | {row['psnr']:.2f} | {sharpness:.0f} % "
            f"| {frechet:.2f} ({floor:.2f}) |"
        )


if __name__ == "__main__":
    sys.exit(main())
