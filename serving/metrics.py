"""Counts the requests of a server, in Prometheus' format."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

import prometheus_client

from serving.status import RequestError

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST
_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class ServerMetrics:
    """Counts the requests and batches of one server.

    Args:
        is_ready: returns whether every model answers.
    """

    def __init__(self, is_ready: Callable[[], bool]) -> None:
        self._registry = prometheus_client.CollectorRegistry()
        self._requests = prometheus_client.Counter(
            "v2v_requests",
            "Requests that were answered.",
            ("model", "signature", "api", "code"),
            registry=self._registry,
        )
        self._seconds = prometheus_client.Histogram(
            "v2v_request_seconds",
            "Time from a request to its answer, the network left out.",
            ("model", "signature", "api"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._running = prometheus_client.Gauge(
            "v2v_requests_running",
            "Requests being answered.",
            registry=self._registry,
        )
        self._batches = prometheus_client.Histogram(
            "v2v_batch_size",
            "Examples of a batch.",
            ("model",),
            buckets=(1, 2, 4, 8, 16, 32, 64),
            registry=self._registry,
        )
        ready = prometheus_client.Gauge(
            "v2v_ready", "1 where every model answers.", registry=self._registry
        )
        ready.set_function(lambda: float(is_ready()))

    def text(self) -> bytes:
        """Returns all counts in the text format that Prometheus reads."""
        return prometheus_client.generate_latest(self._registry)

    def batch(self, model: str, size: int) -> None:
        """Counts a batch of a model and its number of examples."""
        self._batches.labels(model).observe(size)

    @contextmanager
    def request(self, model: str, signature: str, api: str) -> Iterator[None]:
        """Counts the request that is answered inside the `with`.

        A caller chooses what it asks for, so names that are refused are not kept: they
        could grow without end.

        Args:
            model: name of the model that is asked for.
            signature: name of the signature.
            api: `grpc` or `rest`.
        """
        began = perf_counter()
        code = "INTERNAL"
        with self._running.track_inprogress():
            try:
                yield
                code = "OK"
            except RequestError as error:
                code = error.code.name
                raise
            finally:
                names = (model, signature) if code == "OK" else ("", "")
                self._requests.labels(*names, api, code).inc()
                self._seconds.labels(*names, api).observe(perf_counter() - began)
