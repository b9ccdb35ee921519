"""Memory that a process keeps after each of several trainings.

Trains the tiny toy street several times in one process and prints, after each, what is
left: resident memory, traced graphs, their operations, and gradients in TensorFlow's
registry. `--keep` leaves those gradients to TensorFlow, which keeps them for good, see
`v2v_tf.layers.gradients`.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import gc
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def left() -> tuple[int, ...]:
    """Returns MB of the process, graphs, operations and registered gradients."""
    from v2v_tf.layers.gradients import registered_gradients

    gc.collect()
    kinds = collections.Counter(type(thing).__name__ for thing in gc.get_objects())
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    megabytes = pages * os.sysconf("SC_PAGE_SIZE") // 10**6
    counts = kinds["FuncGraph"], kinds["Operation"], len(registered_gradients())
    return megabytes, *counts


def main() -> None:
    """Prints a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trainings", type=int, default=4)
    parser.add_argument("--keep", action="store_true", help="leave them to TensorFlow")
    args = parser.parse_args()

    from v2v_tf.config import load_config
    from v2v_tf.data.prepare.prepare import prepare
    from v2v_tf.layers import gradients
    from v2v_tf.toy_street.writer import write_clips
    from v2v_tf.training.trainer import train

    if args.keep:
        gradients.leave_to_graph = lambda results: results
    config = load_config("test/toy_street")
    print("| trainings | MB | graphs | operations | registered gradients |")
    print("|---|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory() as name,
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        folder = Path(name)
        write_clips(folder / "clips", 3, 8, (32, 64), seed=3)
        prepare(folder / "clips", folder / "records", config)
        for number in range(args.trainings + 1):
            if number:
                train(config, folder / "records", folder / f"run{number}")
            row = " | ".join(str(value) for value in (number, *left()))
            print(f"| {row} |", file=sys.__stdout__, flush=True)


if __name__ == "__main__":
    main()
