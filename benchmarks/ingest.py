"""Clips a second of ingestion by Beam, against the bare sum of what it must do.

    python benchmarks/ingest.py --clips 24 --rounds 3

The bare sum is decoding of images, teacher flow and encoding, for the same clips, one
after the other in one process with one OpenCV thread. Ingestion is `prepare`, as the
pipeline's ClipExampleGen calls it, with 1 worker (in this process) and 2 (processes of
their own). Starting costs seconds whatever the data, so a rate is taken from the
difference of two numbers of clips. In turns; medians. Memory is the largest resident
size of all processes together, at two numbers of clips.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import psutil

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data import flow as flows
from v2v_tf.data.records import clip as clip_record
from v2v_tf.toy_street.writer import write_clips

_WORKERS = {
    1: ("--direct_running_mode=in_memory",),
    2: ("--direct_running_mode=multi_processing", "--direct_num_workers=2"),
}
_INGEST = """
import json, sys, time
from pathlib import Path
import cv2
from v2v_tf import config as configuration
from v2v_tf.data.prepare import prepare
source, output = sys.argv[1:3]
overrides, args = map(json.loads, sys.argv[3:])
began = time.perf_counter()
prepare(source, output, configuration.load_config("toy_street", tuple(overrides)), args)
print(json.dumps(time.perf_counter() - began))
"""


def bare(source: Path, config: Config) -> float:
    """Returns the seconds of decoding, flow and encoding, one after the other."""
    cv2.setNumThreads(1)
    data = config.data
    began = time.perf_counter()
    for folder in sorted((source / "train_B").iterdir()):
        before: np.ndarray | None = None
        for path in sorted(folder.iterdir()):
            frame = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
            ids = [
                cv2.imread(str(source / kind / folder.name / path.name), -1)
                for kind in ("train_A", "train_inst")
            ]
            clip_record.encode_frame(frame, data.image_format, data.jpeg_quality)
            clip_record.encode_planes(ids[0][..., None])
            clip_record.encode_instances(ids[1])
            if before is not None:
                flow = flows.teacher_flow(frame, before, data.flow_preset)
                confidence = flows.flow_confidence(
                    frame, before, flow, data.confidence_threshold
                )
                flows.encode_flow(flow, confidence)
            before = frame
    return time.perf_counter() - began


def ingest(
    source: Path, folder: Path, overrides: list[str], workers: int
) -> tuple[float, float]:
    """Returns the seconds of `prepare`, and the peak of its memory in MB."""
    output = folder / "out"
    shutil.rmtree(output, ignore_errors=True)
    arguments = [str(source), str(output), overrides, list(_WORKERS[workers])]
    command = [sys.executable, "-W", "ignore", "-c", _INGEST]
    command += [a if isinstance(a, str) else json.dumps(a) for a in arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        watch = _Memory(process.pid)
        text, _ = process.communicate()
        watch.stop()
    if process.returncode:
        raise RuntimeError("ingestion failed")
    return float(text.splitlines()[-1]), watch.peak_mb


class _Memory:
    """The largest resident size of a process and its children."""

    def __init__(self, pid: int) -> None:
        self.peak_mb = 0.0
        self._process = psutil.Process(pid)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends the watch."""
        self._stopped.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stopped.wait(0.1):
            total = 0
            try:
                for one in [self._process, *self._process.children(recursive=True)]:
                    total += one.memory_info().rss
            except psutil.Error:
                continue
            self.peak_mb = max(self.peak_mb, total / 2**20)


def _draw(folder: Path, clips: int, frames: int, width: int) -> Path:
    """Draws clips without flow of their own, so that it is computed."""
    write_clips(folder, clips, frames, (width // 2, width), seed=1)
    shutil.rmtree(folder / "train_flow")
    return folder


def main() -> None:
    """Prints one row for each number of workers."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--clips",
        type=int,
        default=24,
        help="Clips of the shorter run; the longer one has three times as many.",
    )
    parser.add_argument("--frames", type=int, default=24)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    overrides = [f"data.resize.load_size={args.width}", "data.num_shards=8"]
    config = configuration.load_config("toy_street", tuple(overrides))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        few = _draw(folder / "few", args.clips, args.frames, args.width)
        many = _draw(folder / "many", 3 * args.clips, args.frames, args.width)
        bare_rates: list[float] = []
        rates: dict[int, list[float]] = {workers: [] for workers in _WORKERS}
        starts: dict[int, list[float]] = {workers: [] for workers in _WORKERS}
        memory: dict[int, list[tuple[float, float]]] = {n: [] for n in _WORKERS}
        context = multiprocessing.get_context("spawn")
        for _ in range(args.rounds):
            with context.Pool(1) as pool:
                bare_rates.append(args.clips / pool.apply(bare, (few, config)))
            for workers in _WORKERS:
                short, small = ingest(few, folder, overrides, workers)
                long, large = ingest(many, folder, overrides, workers)
                seconds = (long - short) / (2 * args.clips)
                rates[workers].append(1 / seconds)
                starts[workers].append(short - args.clips * seconds)
                memory[workers].append((small, large))
        base = statistics.median(bare_rates)
        one = statistics.median(rates[1])
        print(
            f"{args.frames} frames of {args.width}x{args.width // 2} a clip; bare sum "
            f"{base:.2f} clips/s"
        )
        print("| workers | clips/s | of the bare sum | of 1 worker | start, s | MB |")
        print("|---|---|---|---|---|---|")
        for workers, found in rates.items():
            rate = statistics.median(found)
            small, large = (
                statistics.median(m) for m in zip(*memory[workers], strict=True)
            )
            print(
                f"| {workers} | {rate:.2f} | {100 * rate / base:.0f} % | "
                f"{rate / one:.2f} | {statistics.median(starts[workers]):.1f} | "
                f"{small:.0f} ({args.clips} clips), {large:.0f} ({3 * args.clips}) |"
            )


if __name__ == "__main__":
    main()
