"""Measures ceilings and cases, and puts together what is known of each."""

from __future__ import annotations

import argparse
import time
from typing import Any

from networks_lib import costs
from networks_lib.cases import Row
from networks_lib.measuring import WARM_UPS, Measured, measure, ratios
from networks_lib.progress import Progress
from networks_lib.workers import THREADS, WAITS, Worker, WorkerError

_MATRIX_SIZE = 3072
# Share of a time limit for finding a framework's settings; those taken if it is too
# short.
_TUNING_SHARE = 0.4
_USUAL = {
    "layout": "channels_last",
    "norm": "batch",
    "heads": "autocast",
    "choice": "untried",
}
# For the estimate of the time left.
_START_SECONDS = 20.0
_TUNING_RUNS = {"torch": 12, "tensorflow": 10}
_GUESSED_RATE = 1e11
_THREAD_RUNS = 3

Case = tuple[Row, str, str]


class Benchmark:
    """All measurements of one call.

    Args:
        interpreters: Python for each framework.
        options: of the command line.
        cases: network, mode and precision of each.

    Attributes:
        ceilings: by precision: operations a second of a large matrix product.
        results: one dictionary a line of the table.
    """

    def __init__(
        self,
        interpreters: dict[str, str],
        options: argparse.Namespace,
        cases: list[Case],
    ) -> None:
        self.interpreters, self.options, self.cases = interpreters, options, cases
        self.ceilings: dict[str, dict[str, Any]] = {}
        self.results: list[dict[str, Any]] = []
        # Roughly seconds.
        variants = 2 if self._with_compiled else 1
        self._warm_ups = 1 if options.brief else WARM_UPS
        runs = len(interpreters) * (self._warm_ups + options.repeats) * variants
        if not options.brief:
            runs += sum(_TUNING_RUNS[name] for name in interpreters)
        weights = [_START_SECONDS] * len(options.precisions)
        for row, mode, _ in cases:
            seconds = runs * costs.frame_flop(row, mode) / _GUESSED_RATE
            weights.append(_START_SECONDS * variants + seconds)
        self._progress = Progress(weights)

    @property
    def _with_compiled(self) -> bool:
        return self.options.torch_compile and "torch" in self.interpreters

    def run(self) -> None:
        """Measures everything."""
        for precision in self.options.precisions:
            self._progress.next_case(f"matrix product {precision}")
            self.ceilings[precision] = self._ceiling(precision)
        for row, mode, precision in self.cases:
            self._progress.next_case(f"{row.name} {mode} {precision}")
            job = {"row": row.name, "mode": mode, "precision": precision}
            self._progress.tell("which threads are fastest for TensorFlow")
            threads = self._fastest_threads(job)
            settings = None
            if "torch" in self.interpreters:
                self._progress.tell("which settings of PyTorch are fastest")
                settings = self._fastest_settings(job)
            self.results.append(self._result(row, job, threads, settings))
            if self._with_compiled:
                compiled = {**settings, "compiled": True}
                self.results.append(self._result(row, job, threads, compiled))

    def _measure(self, jobs: dict[str, dict[str, Any]]) -> dict[str, Measured]:
        repeats, limit = self.options.repeats, self.options.limit
        tell = self._progress.tell
        return measure(self.interpreters, jobs, repeats, limit, self._warm_ups, tell)

    def _ceiling(self, precision: str) -> dict[str, Any]:
        """The fastest run of a large matrix product, of the faster framework."""
        job = {"matmul": _MATRIX_SIZE, "precision": precision}
        found = self._measure(dict.fromkeys(self.interpreters, job))
        gflop = 2e-9 * _MATRIX_SIZE**3
        entries = {
            name: {
                "version": one.facts.get("version", "?"),
                "gflops": gflop / min(one.seconds) if one.seconds else None,
                "problem": one.problem,
            }
            for name, one in found.items()
        }
        rates = [entry["gflops"] for entry in entries.values() if entry["gflops"]]
        best = max(rates, default=None)
        return {"size": _MATRIX_SIZE, "gflops": best, "by_framework": entries}

    def _result(
        self,
        row: Row,
        job: dict[str, Any],
        threads: str,
        settings: dict[str, Any] | None,
    ) -> dict[str, Any]:
        jobs = {"tensorflow": {**job, "threads": threads}}
        if settings is not None:
            jobs["torch"] = {**job, "settings": settings, "wait": settings["wait"]}
        found = self._measure(jobs)
        flop, weights = costs.frame_flop(row, job["mode"]), costs.parameters(row)
        for name, one in found.items():
            if one.facts and one.facts["parameters"] != weights:
                raise RuntimeError(
                    f"{name}'s {row.name} has {one.facts['parameters']} weights and "
                    f"not the {weights} of the layer table: it is another network"
                )
        ceiling = self.ceilings[job["precision"]]["gflops"]
        chosen = {"tensorflow": {"operations": threads}, "torch": settings}
        frameworks = {}
        for name, one in found.items():
            rate = flop * 1e-9 / one.median if one.median else None
            frameworks[name] = {
                "median": one.median,
                "seconds": one.seconds,
                "ceiling_share": rate / ceiling if rate and ceiling else None,
                "peak_bytes": one.peak_bytes,
                "baseline_bytes": one.facts.get("baseline_bytes"),
                "idle_share": one.idle_share,
                "settings": chosen[name],
                "problem": one.problem,
            }
        return {
            **job,
            "compiled": bool(settings and settings.get("compiled")),
            "parameters": weights,
            "gflop": flop * 1e-9,
            "frameworks": frameworks,
            "ratios": ratios(found),
        }

    def _fastest_threads(self, job: dict[str, Any]) -> str:
        """Finds on how many cores an operation is best; all, if that is slow."""
        if self.options.brief:
            return next(iter(THREADS))
        deadline = time.monotonic() + _TUNING_SHARE * self.options.limit
        seconds: dict[str, float] = {}
        for threads in THREADS:
            asked = {**job, "threads": threads}
            python = self.interpreters["tensorflow"]
            try:
                with Worker(python, "tf_worker", asked, deadline) as worker:
                    runs = [
                        worker.ask({"run": 1}, deadline)["seconds"]
                        for _ in range(WARM_UPS + _THREAD_RUNS)
                    ]
            except WorkerError:
                break  # if it is more than slowness, the measurement will say so
            seconds[threads] = min(runs[WARM_UPS:])
        return min(seconds, key=seconds.__getitem__, default=next(iter(THREADS)))

    def _fastest_settings(self, job: dict[str, Any]) -> dict[str, Any]:
        """Finds PyTorch's fastest settings, or takes the usual ones if that is slow.

        OpenMP's threads spin while they wait unless told otherwise, which can be
        faster on an idle machine and is many times slower beside other load. So all
        candidates are tried without, and the best of them with it too.
        """
        if self.options.brief:
            return {**_USUAL, "wait": "passive"}
        deadline = time.monotonic() + _TUNING_SHARE * self.options.limit
        best = {"settings": _USUAL, "seconds": float("inf"), "wait": "passive"}
        candidates: dict[str, Any] | bool = True
        for wait in WAITS:
            asked = {**job, "wait": wait, "tune": candidates}
            python = self.interpreters["torch"]
            try:
                with Worker(python, "torch_worker", asked, deadline) as worker:
                    found = worker.facts
            except WorkerError:
                break  # if it is more than slowness, the measurement will say so
            candidates = found["settings"]
            if found["seconds"] < best["seconds"]:
                best = {**found, "wait": wait}
        return {**best["settings"], "wait": best["wait"]}
