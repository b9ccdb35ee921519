"""Proves on a GPU what was only run on CPUs: training, several GPUs, serving.

    python benchmarks/gpu.py             # fails where a check fails, or without a GPU
    python benchmarks/gpu.py --rehearse  # the same steps without a GPU, on the CPU

Every step is a process of its own. TensorFloat-32 is off, so that numbers can be
compared with the CPU's.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

_CPU = {"CUDA_VISIBLE_DEVICES": "-1"}
_EXACT = {"NVIDIA_TF32_OVERRIDE": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
_LOSSES_WITHIN = 1e-3
_LEVELS = 2
_STAGES = (
    "[{name: flow, kind: flow, epochs: 1, steps_per_epoch: 1, num_frames: 2, "
    "chunk_frames: 2, batch_size: 4, learning_rate: 1.0e-4}, "
    "{name: gan, epochs: 1, steps_per_epoch: 1, num_frames: 4, chunk_frames: 4, "
    "batch_size: 4, learning_rate: 1.0e-4}]"
)
_PRECISIONS = ("mixed_float16", "mixed_bfloat16")
_COUNT = "import tensorflow as tf; print(len(tf.config.list_physical_devices('GPU')))"
_GENERATE = """
import statistics, sys, time
import numpy as np, tensorflow as tf
folder, output = sys.argv[1:]
signatures = tf.saved_model.load(folder).signatures
rng = np.random.default_rng(0)
blocks = rng.integers(0, 8, (1, 14, 8, 16)).astype(np.uint8)
labels = blocks.repeat(8, 2).repeat(8, 3)
ids = 1000 * labels.astype(np.int32)
frames = rng.integers(0, 256, (1, 2, 64, 128, 3)).astype(np.uint8)
states = signatures["init_states_from_frames"](
    conditions=tf.constant(labels[:, :2, ..., None]),
    instances=tf.constant(ids[:, :2]), frames=tf.constant(frames))
made, times = [], []
for t in range(2, 14):
    began = time.perf_counter()
    outputs = signatures["generate_frame"](
        conditions=tf.constant(labels[:, t, ..., None]),
        instances=tf.constant(ids[:, t]), **states)
    made.append(outputs["fake_frames"].numpy()[0])
    times.append(time.perf_counter() - began)
    states = {k: v for k, v in outputs.items() if k.startswith("state_")}
np.save(output, np.stack(made))
print(1000 * statistics.median(times[3:]))
"""


@dataclass(frozen=True)
class Result:
    """What a check found.

    Attributes:
        name: of the check.
        passed: None where it could not be made.
        text: numbers, or why not.
    """

    name: str
    passed: bool | None
    text: str


class Checks:
    """The checks, in a folder.

    Args:
        folder: to work in.
        num_gpus: that are there; 0 for a rehearsal.
    """

    def __init__(self, folder: Path, num_gpus: int) -> None:
        self._folder = folder
        self._num_gpus = num_gpus
        self._accelerated = {} if num_gpus else _CPU

    def run(self) -> Iterator[Result]:
        """Yields one result after the other."""
        self._prepare()
        reference = self._train("cpu", _CPU)
        yield self._compared("training step, float32", "gpu", reference)
        for precision in _PRECISIONS:
            yield self._finite(precision)
        yield self._mirrored()
        yield self._serving()

    def _prepare(self) -> None:
        clips = self._folder / "clips"
        size = ("--clips", "4", "--frames", "8", "--size", "128x64")
        _command("toy-street", "--output", clips, *size, environment=_CPU)
        data = ("--source", clips, "--output", self._folder / "data")
        _command("prepare", "--config", "toy_street", *data, environment=_CPU)

    def _train(
        self, name: str, environment: dict[str, str], *overrides: str
    ) -> dict[str, float]:
        """Trains a step of both kinds; returns the losses."""
        settings = (
            f"curriculum={_STAGES}",
            "previews.clips=0",
            "runtime.strategy=one_device",
            *overrides,
        )
        run = self._folder / name
        changes = [text for setting in settings for text in ("--set", setting)]
        where = ("--data", self._folder / "data", "--run", run)
        _command(
            "train", "--config", "toy_street", *where, *changes, environment=environment
        )
        epochs = json.loads((run / "history.json").read_text(encoding="utf-8"))
        return {k: v for epoch in epochs for k, v in epoch.items() if k != "epoch"}

    def _compared(
        self, title: str, name: str, reference: dict[str, float], *overrides: str
    ) -> Result:
        losses = self._train(name, self._accelerated, *overrides)
        worst = max(
            abs(losses[k] - v) / max(abs(v), 1e-6) for k, v in reference.items()
        )
        text = f"{len(reference)} losses within {worst:.1e} of each other"
        return Result(title, worst <= _LOSSES_WITHIN, text)

    def _finite(self, precision: str) -> Result:
        title = f"training step, {precision}"
        if not self._num_gpus:
            return Result(title, None, "on a CPU it takes minutes, and says nothing")
        change = f"runtime.precision={precision}"
        losses = self._train(precision, self._accelerated, change)
        finite = all(np.isfinite(list(losses.values())))
        return Result(title, finite, f"{len(losses)} losses")

    def _mirrored(self) -> Result:
        title = f"MirroredStrategy on {self._num_gpus} GPUs"
        if self._num_gpus < 2:
            return Result("MirroredStrategy", None, "needs two GPUs or more")
        devices = 4 if self._num_gpus >= 4 else 2  # They share a batch of four.
        names = ", ".join(f"GPU:{n}" for n in range(devices))
        one = self._train("one_gpu", self._accelerated)
        changes = ("runtime.strategy=mirrored", f"runtime.devices=[{names}]")
        return self._compared(title, "mirrored", one, *changes)

    def _serving(self) -> Result:
        models = self._folder / "models"
        run = ("--run", self._folder / "cpu", "--output", models)
        _command("export", *run, environment=_CPU)
        times, frames = [], []
        for name, environment in (("cpu", _CPU), ("gpu", self._accelerated)):
            output = self._folder / f"{name}.npy"
            arguments = ("-c", _GENERATE, str(models / "1"), str(output))
            times.append(float(_python(*arguments, environment=environment)))
            frames.append(np.load(output).astype(int))
        worst = int(np.abs(frames[0] - frames[1]).max())
        text = (
            f"12 frames within {worst} levels; {times[1]:.1f} ms a frame, CPU "
            f"{times[0]:.1f}"
        )
        return Result("export, generate_frame", worst <= _LEVELS, text)


def _command(*arguments: object, environment: dict[str, str]) -> str:
    code = "import sys; from v2v_tf.cli.main import main; sys.exit(main())"
    texts = [str(argument) for argument in arguments]
    return _python("-c", code, *texts, environment=environment)


def _python(*arguments: str, environment: dict[str, str]) -> str:
    """Runs a process; returns the last line that it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        env={**os.environ, **_EXACT, **environment},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(f"{arguments[2:4]} failed:\n{done.stderr[-3000:]}")
    return (done.stdout.splitlines() or [""])[-1]


def main() -> int:
    """Prints a line for each check; returns 1 where one fails, 2 without a GPU."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="Take the same steps on the CPU, without a GPU.",
    )
    args = parser.parse_args()
    num_gpus = 0 if args.rehearse else int(_python("-c", _COUNT, environment={}))
    if not num_gpus and not args.rehearse:
        print("TensorFlow finds no GPU here: nothing was checked", file=sys.stderr)
        return 2
    print(f"{num_gpus} GPUs" if num_gpus else "rehearsal on the CPU, proves nothing")
    words: dict[bool | None, str] = {True: "pass", False: "FAIL", None: "left out"}
    failed = False
    with tempfile.TemporaryDirectory() as name:
        for result in Checks(Path(name), num_gpus).run():
            print(f"{words[result.passed]:9} {result.name}: {result.text}", flush=True)
            failed |= result.passed is False
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
