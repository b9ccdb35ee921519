"""One model, one seed: train, evaluate, keep the numbers."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quality_lib import evaluation
from quality_lib.study import Model, Study
from v2v_tf.storage.files import write_text

# Operations side by side on one core each: small networks train a fifth faster.
_CORES = len(os.sched_getaffinity(0))
Sittings = dict[str, Any]
_THREADS = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": str(_CORES)}


@dataclass(frozen=True)
class Place:
    """Where a study lies.

    Attributes:
        work: data, runs and generated frames; large.
        results: one JSON per model and seed; small, to be kept.
        split: of the clips that are measured: `tuning` or `reported`.
    """

    work: Path
    results: Path
    split: str

    def data(self, split: str) -> Path:
        """Records of a split."""
        return self.work / "data" / split

    def run(self, model: str, seed: int) -> Path:
        """Run folder of a trial."""
        return self.work / "runs" / f"{model}-{seed}"

    def frames(self, model: str, seed: int) -> Path:
        """Generated frames of a trial: uint8 [N, F, H, W, 3], as NumPy writes them."""
        return self.work / self.split / f"{model}-{seed}.npy"

    def numbers(self, study: str, model: str, seed: int) -> Path:
        """The JSON of a trial."""
        return self.results / f"{study}-{model}-{seed}.json"


def run_trial(study: Study, model: Model, seed: int, place: Place) -> None:
    """Does what of a trial is not done yet; an interrupted training goes on."""
    path = place.numbers(study.name, model.name, seed)
    if path.exists():
        return
    run = place.run(model.name, seed)
    taken = _train(model, seed, run, place.data("train"))
    records = place.data(place.split)
    numbers, frames = evaluation.evaluate(run, records)
    results = {
        "study": study.name,
        "model": model.name,
        "seed": seed,
        "split": place.split,
        "command": shlex.join(["v2v-tf", *_arguments(model, seed)]),
        "environment": _THREADS,
        "frames_seen": model.frames_seen,
        "train_seconds": taken["seconds"],
        "train_cpu_seconds": taken["cpu_seconds"],
        "cores": _CORES,
        **numbers,
    }
    if model.first_frames:
        # Its numbers may be there from another machine, and its weights not.
        maker = next(m for m in study.models if m.name == model.first_frames)
        first = place.run(maker.name, seed)
        _train(maker, seed, first, place.data("train"))
        generated, _ = evaluation.evaluate(run, records, first)
        results["first_frames_generated"] = {
            key: generated[key] for key in ("mean", "psnr_by_frame")
        }
    if study.rollout:
        results["rollout"] = evaluation.long_rollout(run, records, study.rollout)
    shown = place.frames(model.name, seed)
    shown.parent.mkdir(parents=True, exist_ok=True)
    np.save(shown, frames, allow_pickle=False)
    write_text(path, json.dumps(results, indent=1))


def _train(model: Model, seed: int, run: Path, records: Path) -> Sittings:
    """Trains what is left; returns the seconds of every sitting, wall and processor."""
    path = run.with_name(f"{run.name}.json")
    log = {"done": False, "seconds": [], "cpu_seconds": []}
    if path.exists():
        log = json.loads(path.read_text(encoding="utf-8"))
    if log["done"]:
        return log
    command = [
        *(sys.executable, "-m", "v2v_tf.cli.main", *_arguments(model, seed)),
        *("--data", str(records), "--run", str(run)),
    ]
    begin, cpu = time.monotonic(), _cpu_of_children()
    try:
        subprocess.run(command, check=True, env={**os.environ, **_THREADS})
        log["done"] = True
    finally:
        log["seconds"].append(round(time.monotonic() - begin, 1))
        log["cpu_seconds"].append(round(_cpu_of_children() - cpu, 1))
        write_text(path, json.dumps(log))
    return log


def _cpu_of_children() -> float:
    used = os.times()
    return used.children_user + used.children_system


def _arguments(model: Model, seed: int) -> list[str]:
    options = [part for one in model.options(seed) for part in ("--set", one)]
    return ["train", "--config", model.preset, *options]
