"""The worker's side: answers requests of the parent, one JSON line each.

A worker is started with its job as JSON in the first argument. It answers
`{"run": 3}` with the seconds a run of three in a row, `{"finish": true}` with the
peak of its memory. Between requests it waits on stdin. The processor time that goes by
from `{"rest": true}` to the next run, in threads that spin after their work, is
answered with that run.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple


class Prepared(NamedTuple):
    """A job that is ready to run.

    Attributes:
        run: does it once and waits for its results.
        facts: for the parent: version, number of weights, ...
    """

    run: Callable[[], None]
    facts: dict[str, Any]


def peak_memory() -> int:
    """Returns the largest resident size of this process so far, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def serve(prepare: Callable[[dict[str, Any]], Prepared]) -> None:
    """Prepares the job, then answers until the parent finishes or is gone.

    Args:
        prepare: makes the job that the command line describes; the framework must
            be imported by then, so that the baseline of the memory is known.
    """
    # Libraries print: what is no answer goes to stderr.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**values: Any) -> None:
        print(json.dumps(values), file=answers, flush=True)

    try:
        baseline = peak_memory()
        job = prepare(json.loads(sys.argv[1]))
        answer(ready=True, baseline_bytes=baseline, **job.facts)
        idle_since, idle_cpu = time.perf_counter(), time.process_time()
        for line in sys.stdin:
            request = json.loads(line)
            if "finish" in request:
                answer(peak_bytes=peak_memory())
                return
            if "rest" in request:
                idle_since, idle_cpu = time.perf_counter(), time.process_time()
                answer()
                continue
            idle = {
                "idle_seconds": time.perf_counter() - idle_since,
                "idle_cpu_seconds": time.process_time() - idle_cpu,
            }
            gc.collect()
            begin = time.perf_counter()
            for _ in range(request["run"]):
                job.run()
            seconds = (time.perf_counter() - begin) / request["run"]
            answer(seconds=seconds, **idle)
    except Exception as error:
        traceback.print_exc()
        answer(error=f"{type(error).__name__}: {error}".splitlines()[0][:300])
