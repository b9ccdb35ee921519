"""Time and memory of a training step of the toy street, and of the first of a stage.

Every repeat is a process of its own, which trains a stage of 8-frame clips (two chunks
of 4, two clips). The first step holds the start of training and the tracing.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import ClassVar

_STAGE = (
    "{name: gan, epochs: 1, steps_per_epoch: STEPS, num_frames: 8, chunk_frames: 4, "
    "batch_size: 2, learning_rate: 4.0e-4}"
)


def measure(folder: Path, steps: int, overrides: list[str]) -> dict:
    """Trains in this process; returns seconds and bytes."""
    import tensorflow as tf

    from v2v_tf import config as configuration
    from v2v_tf.data.prepare.prepare import prepare
    from v2v_tf.toy_street.writer import write_clips
    from v2v_tf.training.trainer import train

    class Clock(tf.keras.callbacks.Callback):
        times: ClassVar[list[float]] = []

        def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
            self.times.append(time.perf_counter())

    stage = f"curriculum=[{_STAGE.replace('STEPS', str(steps))}]"
    config = configuration.load_config(
        "toy_street", ("previews.clips=0", stage, *overrides)
    )
    write_clips(folder / "clips", 4, 10, (64, 128), seed=0)
    with contextlib.redirect_stderr(io.StringIO()):
        prepare(folder / "clips", folder / "records", config)
        begin = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            train(config, folder / "records", folder / "run", callbacks=[Clock()])
    pairs = zip(Clock.times[1:-1], Clock.times[2:], strict=True)
    return {
        "first": Clock.times[0] - begin,
        "step": statistics.median(after - before for before, after in pairs),
        "bytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
    }


def main() -> None:
    """Prints medians over processes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--set", action="append", default=[], dest="overrides")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measure(Path(folder), options.steps, options.overrides)))
        return
    command = [sys.executable, __file__, "--one", "--steps", str(options.steps)]
    command += [part for one in options.overrides for part in ("--set", one)]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    found = []
    for _ in range(options.repeats):
        answer = subprocess.run(
            command, check=True, capture_output=True, text=True, env=environment
        )
        found.append(json.loads(answer.stdout.splitlines()[-1]))
    print("| first step | later steps | process |\n|---|---|---|")
    first, step, size = (
        statistics.median(one[name] for one in found)
        for name in ("first", "step", "bytes")
    )
    print(f"| {first:.0f} s | {step:.2f} s | {size / 2**30:.1f} GiB |")


if __name__ == "__main__":
    main()
