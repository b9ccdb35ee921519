"""Requests while a server ends: what runs is answered, what comes is refused."""

from __future__ import annotations

import threading
from concurrent import futures
from types import SimpleNamespace

import grpc
import pytest

from serving.draining import QUIET_SECONDS, Draining


@pytest.fixture
def served():
    """A server whose one method waits until it is told to answer."""
    draining, begun, go_on = Draining(), threading.Event(), threading.Event()

    def wait(request: bytes, context: grpc.ServicerContext) -> bytes:
        begun.set()
        assert go_on.wait(30)
        return request[::-1]

    pool = futures.ThreadPoolExecutor(4)
    server = grpc.server(pool, interceptors=[draining])
    method = grpc.unary_unary_rpc_method_handler(wait)
    for name in ("made.up.Service", "grpc.health.v1.Health"):
        handler = grpc.method_handlers_generic_handler(name, {"Wait": method})
        server.add_generic_rpc_handlers((handler,))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield SimpleNamespace(
            draining=draining,
            begun=begun,
            go_on=go_on,
            call=channel.unary_unary("/made.up.Service/Wait"),
            health=channel.unary_unary("/grpc.health.v1.Health/Wait"),
        )
    go_on.set()
    server.stop(0).wait()


def test_what_runs_is_answered_and_what_comes_is_refused(served):
    running = served.call.future(b"abc")
    assert served.begun.wait(30)
    assert served.draining.drain(0.05) == 0.0  # it runs on
    with pytest.raises(grpc.RpcError) as refused:
        served.call(b"late", timeout=30)
    assert refused.value.code() == grpc.StatusCode.UNAVAILABLE
    assert "stopping" in refused.value.details()
    served.go_on.set()
    assert running.result(timeout=30) == b"cba"
    assert served.draining.drain(30) > 20  # nothing runs any more


class Asked(threading.Condition):
    """In each of the first waits a request comes; in those after them none does."""

    def __init__(self, num_requests: int) -> None:
        super().__init__()
        self.left = num_requests
        self.may_ask = threading.Semaphore(0)
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout)
        if not self.left:
            return False
        self.left -= 1
        self.may_ask.release()
        return super().wait(30)


def test_it_is_quiet_only_once_nobody_asks_any_more(served):
    asked = served.draining._changed = Asked(3)
    refusals = []

    def ask() -> None:
        for _ in range(3):
            assert asked.may_ask.acquire(timeout=30)
            with pytest.raises(grpc.RpcError) as refused:
                served.call(b"late", timeout=30)
            refusals.append(refused.value.code())

    caller = threading.Thread(target=ask)
    caller.start()
    assert served.draining.drain(3000) > 2900
    # Three waits that a request ended, and one that none did.
    assert asked.waits == [QUIET_SECONDS] * 4
    caller.join()
    assert refusals == [grpc.StatusCode.UNAVAILABLE] * 3


def test_health_is_told_while_the_server_drains(served):
    served.go_on.set()
    served.draining.drain(0)
    assert served.health(b"ok", timeout=30) == b"ko"


def test_without_draining_requests_pass(served):
    served.go_on.set()
    assert [served.call(text) for text in (b"12", b"345")] == [b"21", b"543"]
