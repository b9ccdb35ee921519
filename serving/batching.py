"""Runs requests of several callers as one batch.

Only requests of the same signature, of equal shapes and types but for the first axis,
and for the same outputs, share a batch. The networks hold nothing that mixes examples,
so a caller gets what it would have got alone, within rounding.
"""

from __future__ import annotations

import collections
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

import grpc
import numpy as np

from serving.batching_options import BatchingOptions
from serving.status import RequestError

Arrays = dict[str, np.ndarray]
# Signature, outputs, and the shape and type of each input.
_Key = tuple[str, tuple[str, ...], tuple]
Run = Callable[[str, Mapping[str, np.ndarray], Sequence[str]], Arrays]


@dataclass
class _Request:
    inputs: Mapping[str, np.ndarray]
    size: int
    arrived: float
    result: Future = field(default_factory=Future)


class Batcher:
    """Collects requests and runs them in batches.

    Args:
        run: runs a signature, given its name, its inputs and the names of outputs.
        options: sizes and waiting times of batches.
        on_batch: called with the number of examples of every batch.
    """

    def __init__(
        self,
        run: Run,
        options: BatchingOptions,
        on_batch: Callable[[int], None] = lambda size: None,
    ) -> None:
        self._run = run
        self._options = options
        self._on_batch = on_batch
        self._queues: dict[_Key, collections.deque[_Request]] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, daemon=True, name=f"batch-{n}")
            for n in range(options.num_batch_threads)
        ]
        for thread in self._threads:
            thread.start()

    def run(
        self,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
    ) -> Arrays:
        """Runs a request, in a batch if others come; waits for its result.

        Requests whose inputs have no common first axis, or more examples than a batch
        takes, run alone and at once.

        Args:
            signature: name of the signature.
            inputs: arrays by name, whose first axis counts examples.
            outputs: names of the outputs to return; empty for all.

        Returns:
            The outputs of this request by name.

        Raises:
            RequestError: too many batches wait already, or the request itself fails.
        """
        sizes = {array.shape[0] if array.ndim else None for array in inputs.values()}
        size = sizes.pop() if len(sizes) == 1 else None
        if size is None or not 0 < size <= self._options.max_batch_size:
            return self._run(signature, inputs, outputs)
        key = (
            signature,
            tuple(outputs),
            tuple(sorted((k, v.shape[1:], v.dtype.str) for k, v in inputs.items())),
        )
        request = _Request(inputs, size, time.monotonic())
        with self._changed:
            if self._closed:
                return self._run(signature, inputs, outputs)
            if self._num_batches() >= self._options.max_enqueued_batches:
                raise RequestError(
                    grpc.StatusCode.UNAVAILABLE,
                    "The batch scheduling queue to which this task was submitted is "
                    "full: try again later",
                )
            self._queues.setdefault(key, collections.deque()).append(request)
            self._changed.notify_all()
        return request.result.result()

    def close(self) -> None:
        """Finishes the requests that wait; later ones run alone."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _num_batches(self) -> int:
        limit = self._options.max_batch_size
        return sum(-(-sum(r.size for r in q) // limit) for q in self._queues.values())

    def _work(self) -> None:
        while True:
            taken = self._take()
            if taken is None:
                return
            (signature, outputs, _), requests = taken
            self._finish(signature, outputs, requests)

    def _take(self) -> tuple[_Key, list[_Request]] | None:
        """Waits for a batch that is full or has waited long enough."""
        timeout = self._options.batch_timeout_micros / 1e6
        with self._changed:
            while True:
                now, soonest = time.monotonic(), None
                # The one that waits longest first.
                waiting = sorted(self._queues.items(), key=lambda kv: kv[1][0].arrived)
                for key, queue in waiting:
                    due = queue[0].arrived + timeout
                    if self._is_full(queue) or due <= now or self._closed:
                        return key, self._pop(key, queue)
                    soonest = due if soonest is None else min(soonest, due)
                if self._closed:
                    return None
                self._changed.wait(None if soonest is None else soonest - now)

    def _is_full(self, queue: Sequence[_Request]) -> bool:
        return sum(request.size for request in queue) >= self._options.max_batch_size

    def _pop(self, key: _Key, queue: collections.deque) -> list[_Request]:
        taken: list[_Request] = []
        room = self._options.max_batch_size
        while queue and queue[0].size <= room:
            room -= queue[0].size
            taken.append(queue.popleft())
        if not queue:
            del self._queues[key]
        return taken

    def _finish(
        self, signature: str, outputs: Sequence[str], requests: list[_Request]
    ) -> None:
        """Runs requests together; where that fails, each by itself."""
        if len(requests) > 1:
            try:
                results = self._run_together(signature, outputs, requests)
            except Exception:
                # One of them is at fault, and it alone is to be told.
                results = None
            if results is not None:
                for request, result in zip(requests, results, strict=True):
                    request.result.set_result(result)
                return
        for request in requests:
            self._on_batch(request.size)
            try:
                result = self._run(signature, request.inputs, outputs)
            except BaseException as error:
                request.result.set_exception(error)
            else:
                request.result.set_result(result)

    def _run_together(
        self, signature: str, outputs: Sequence[str], requests: list[_Request]
    ) -> list[Arrays]:
        sizes = [request.size for request in requests]
        total = sum(sizes)
        allowed = self._options.allowed_batch_sizes
        missing = next((n for n in allowed if n >= total), total) - total
        joined = {}
        for name, first in requests[0].inputs.items():
            parts = [request.inputs[name] for request in requests]
            joined[name] = np.concatenate([*parts, *[first[:1]] * missing])
        self._on_batch(total)
        results = self._run(signature, joined, outputs)
        if any(
            not array.ndim or len(array) != total + missing
            for array in results.values()
        ):
            raise ValueError(f"{signature} gives outputs without a batch axis")
        ends = np.cumsum(sizes)
        return [
            {name: array[end - size : end] for name, array in results.items()}
            for size, end in zip(sizes, ends, strict=True)
        ]
