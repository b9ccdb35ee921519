"""Paired, interleaved runs of two workers, and their medians."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from networks_lib.workers import Worker, WorkerError

WARM_UPS = 2
# After a run, so that threads which spin after their work (PyTorch's: for 10 ms) are
# asleep again when the other worker begins.
_SETTLE_SECONDS = 0.05
_LONG_ENOUGH = 0.05  # seconds waited in all, to tell a share of them
# A turn is as many runs in a row: a roll-out makes frame after frame, and the first
# after a pause finds its threads asleep and its memory out of the caches.
_TURN_SECONDS = 0.5
_MAX_RUNS_A_TURN = 16
_MODULES = {"tensorflow": "tf_worker", "torch": "torch_worker"}


@dataclass
class Measured:
    """What one framework did in one case.

    Attributes:
        seconds: of the counted runs, in order.
        facts: what the worker said when it was ready.
        peak_bytes: largest resident size of its process, None if it never said.
        waited: seconds from its runs' ends (and a pause) to the next ones.
        waited_cpu: processor time that it took in them.
        problem: why there are fewer runs than asked for; empty otherwise.
    """

    seconds: list[float] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    peak_bytes: int | None = None
    waited: float = 0.0
    waited_cpu: float = 0.0
    problem: str = ""

    @property
    def median(self) -> float | None:
        """Seconds of the median run."""
        return statistics.median(self.seconds) if self.seconds else None

    @property
    def idle_share(self) -> float:
        """Share of a core that it took while the other worker ran, 0 without one."""
        return self.waited_cpu / self.waited if self.waited > _LONG_ENOUGH else 0.0


def measure(
    interpreters: dict[str, str],
    jobs: dict[str, dict[str, Any]],
    repeats: int,
    limit: float,
    warm_ups: int = WARM_UPS,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, Measured]:
    """Runs both frameworks in turn: A B, B A, A B, ...

    Args:
        interpreters: Python for each framework.
        jobs: one for each framework that takes part.
        repeats: counted turns of each.
        limit: seconds for everything; what is finished by then counts.
        warm_ups: turns before them that are not counted.
        report: told how far it is.
    """
    deadline = time.monotonic() + limit
    measured = {name: Measured() for name in jobs}
    workers: dict[str, Worker] = {}
    count, slowest = 1, {}

    def attempt(name: str, action: Callable[[], None]) -> None:
        try:
            action()
        except WorkerError as error:
            measured[name].problem = str(error)
            workers.pop(name, None)

    def start(name: str) -> None:
        worker = Worker(interpreters[name], _MODULES[name], jobs[name], deadline)
        workers[name] = stack.enter_context(worker)
        measured[name].facts = worker.facts

    def run(name: str, counted: bool) -> None:
        answer = workers[name].ask({"run": count}, deadline)
        slowest[name] = answer["seconds"]
        if counted:
            result = measured[name]
            result.seconds.append(answer["seconds"])
            result.waited += answer["idle_seconds"]
            result.waited_cpu += answer["idle_cpu_seconds"]
        time.sleep(_SETTLE_SECONDS)
        workers[name].ask({"rest": True}, deadline)

    def finish(name: str) -> None:
        answer = workers[name].ask({"finish": True}, time.monotonic() + 10.0)
        measured[name].peak_bytes = answer["peak_bytes"]

    with ExitStack() as stack:
        for name in jobs:
            report(f"{name} starts")
            attempt(name, lambda name=name: start(name))
        took = 0.0
        for turn in range(warm_ups + repeats):
            counted = turn >= warm_ups
            begin = time.monotonic()
            if turn > warm_ups and begin + took > deadline:
                done = f"{turn - warm_ups} of {repeats} runs within the time limit"
                for name in workers:
                    measured[name].problem = done
                break
            report(f"run {turn + 1} of {warm_ups + repeats}")
            for name in list(workers) if turn % 2 == 0 else list(workers)[::-1]:
                attempt(name, lambda name=name: run(name, counted))  # noqa: B023
            took = time.monotonic() - begin
            if not counted and slowest:
                wanted = math.ceil(_TURN_SECONDS / max(slowest.values()))
                count = min(wanted, _MAX_RUNS_A_TURN)
        for name in list(workers):
            attempt(name, lambda name=name: finish(name))
    return measured


def ratios(measured: dict[str, Measured]) -> list[float]:
    """Returns TensorFlow's time by PyTorch's for every pair."""
    if not {"tensorflow", "torch"} <= measured.keys():
        return []
    # A worker that drops out leaves the other's later runs without a partner.
    pairs = zip(measured["tensorflow"].seconds, measured["torch"].seconds, strict=False)
    return [ours / theirs for ours, theirs in pairs]
