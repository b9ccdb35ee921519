"""Compares the estimate of a training's memory with its largest resident size.

Trains a step or two of every stage of some small configurations, each in a process of
its own, and prints what `v2v-tf train --dry-run` says of them beside what they took.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


_LENGTHS = ("epochs", "steps_per_epoch")


def _short(stages: int, *changes: str) -> tuple[str, ...]:
    """Returns changes that make each stage one step long, and others."""
    keys = [f"curriculum.{i}.{key}" for i in range(stages) for key in _LENGTHS]
    return (*(f"{key}=1" for key in keys), *changes)


# Words, preset, changes.
CONFIGURATIONS = (
    ("16 filters, 4 frames of 2 clips", "toy_street", _short(3)),
    (
        "64 filters, 4 frames of 2 clips",
        "toy_street",
        _short(3, "generator.num_filters=64"),
    ),
    (
        "32 filters, 6 frames of 6 clips",
        "toy_street",
        _short(
            3,
            "generator.num_filters=32",
            "curriculum.2.batch_size=6",
            "curriculum.2.chunk_frames=6",
        ),
    ),
    (
        "image generator, 64 filters, 2 frames of 4 clips",
        "toy_street_first_frame",
        _short(2, "first_frame.num_filters=64"),
    ),
)
_PROGRAM = """
import resource, sys
from pathlib import Path
from v2v_tf import load_config
from v2v_tf.training.memory import TrainingMemory
from v2v_tf.training.trainer import train
preset, data, run, *changes = sys.argv[1:]
config = load_config(preset, tuple(changes))
model = train(config, data, run)
memory = TrainingMemory(model.experiment, Path(run))
memory.measure(model, (64, 128), 1)
print("uses", [use.parts for use in memory.uses], file=sys.stderr)
print(memory.largest.total, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


def compared(preset: str, data: Path, run: Path, changes: tuple[str, ...]) -> list[int]:
    """Returns the estimate and the largest resident size of a training, bytes."""
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, preset, data, run, *changes],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if len(sys.argv) < 2 else None,
        text=True,
        check=True,
    )
    return [int(word) for word in done.stdout.splitlines()[-1].split()]


def main() -> None:
    """Prints a table."""
    from v2v_tf.config import load_config
    from v2v_tf.data.prepare.prepare import prepare
    from v2v_tf.toy_street.writer import write_clips

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clips(folder / "clips", 8, 16, (64, 128), seed=3)
        prepare(folder / "clips", folder / "data", load_config("toy_street"))
        print("| configuration, 128x64 | estimate, GB | measured, GB | ratio |")
        print("|---|---|---|---|", flush=True)
        for number, (words, preset, changes) in enumerate(CONFIGURATIONS):
            sizes = compared(preset, folder / "data", folder / str(number), changes)
            estimate, measured = (size / 1e9 for size in sizes)
            ratio = estimate / measured
            row = f"| {words} | {estimate:.2f} | {measured:.2f} | {ratio:.2f} |"
            print(row, flush=True)


if __name__ == "__main__":
    main()
