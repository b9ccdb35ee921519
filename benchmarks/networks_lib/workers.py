"""The parent's side: starts workers and asks them, with a time limit."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).resolve().parents[1]
_ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "", "PYTHONWARNINGS": "ignore"}  # CPU only
# What OpenMP's threads do while they wait; only PyTorch has any.
WAITS = {"passive": {"OMP_WAIT_POLICY": "PASSIVE"}, "spinning": {}}
# TensorFlow's: every operation on all cores, or branches of the network side by side
# and each operation on one core.
_CORES = str(len(os.sched_getaffinity(0)))
THREADS = {
    "on all cores": {},
    "on one core": {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": _CORES},
}
_GRACE = 10.0  # seconds that a worker has to end


class WorkerError(Exception):
    """A worker failed, or took too long; the message says which."""


class Worker:
    """One process that has prepared one job; a context manager.

    Args:
        python: its interpreter.
        module: of `networks_lib`.
        job: sent as it is; its `wait` and `threads`, of `WAITS` and `THREADS`, make
            the process's environment.
        deadline: `time.monotonic()` at which it is ended if it has not answered.

    Attributes:
        facts: what it said when it was ready.

    Raises:
        WorkerError: the job could not be prepared.
    """

    def __init__(
        self, python: str, module: str, job: dict[str, Any], deadline: float
    ) -> None:
        self._messages = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(
            [python, "-m", f"networks_lib.{module}", json.dumps(job)],
            cwd=_FOLDER,
            env={
                **os.environ,
                **_ENVIRONMENT,
                **WAITS[job.get("wait", "spinning")],
                **THREADS[job.get("threads", "on all cores")],
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._messages,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        try:
            self.facts = self._answer(deadline)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, request: dict[str, Any], deadline: float) -> dict[str, Any]:
        """Returns the answer to a request.

        Raises:
            WorkerError: it failed or did not answer in time; it is ended then.
        """
        with contextlib.suppress(OSError):  # ended; why is in its last words
            print(json.dumps(request), file=self._process.stdin, flush=True)
        return self._answer(deadline)

    def close(self) -> None:
        """Ends the process."""
        process = self._process
        with contextlib.suppress(OSError):  # gone, with something unread
            process.stdin.close()
        if process.poll() is None:
            try:
                process.wait(_GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()
        self._messages.close()

    def _read(self) -> None:
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put("")

    def _answer(self, deadline: float) -> dict[str, Any]:
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            self._process.kill()
            raise WorkerError("no answer within the time limit") from None
        if not line:
            raise WorkerError(self._last_words())
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def _last_words(self) -> str:
        code = self._process.wait()
        if code < 0:
            return f"ended by signal {-code}" + " (out of memory?)" * (code == -9)
        self._messages.seek(0)
        lines = self._messages.read().strip().splitlines()
        return lines[-1][:300] if lines else f"ended with status {code}"
