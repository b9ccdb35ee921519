"""Ends a server without breaking off its requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import grpc

_HEALTH = "/grpc.health."
# Callers who send one request after the other are refused within this time.
QUIET_SECONDS = 0.5


class Draining(grpc.ServerInterceptor):
    """Counts running requests; once draining, refuses new ones with UNAVAILABLE.

    gRPC's own shutdown answers requests that it has received and not begun with
    CANCELLED, which callers do not try again elsewhere. Health checks go on being
    answered: they say that the server is about to go.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._refused = 0
        self._is_draining = False

    def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], grpc.RpcMethodHandler | None],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler | None:
        """See base class; all methods but health checks take and give one message."""
        handler = continuation(handler_call_details)
        is_health = handler_call_details.method.startswith(_HEALTH)
        if handler is None or handler.unary_unary is None or is_health:
            return handler

        def answer(request: Any, context: grpc.ServicerContext) -> Any:
            if not self._begin():
                context.abort(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
            try:
                return handler.unary_unary(request, context)
            finally:
                self._end()

        return grpc.unary_unary_rpc_method_handler(
            answer, handler.request_deserializer, handler.response_serializer
        )

    def drain(self, seconds: float) -> float:
        """Refuses new requests, and waits for those that run and until no more come.

        Args:
            seconds: longest wait.

        Returns:
            Seconds of it that are left.
        """
        end = time.monotonic() + seconds
        with self._changed:
            self._is_draining = True
            self._changed.wait_for(lambda: not self._running, seconds)
            while (left := end - time.monotonic()) > 0:
                refused = self._refused
                self._changed.wait(min(QUIET_SECONDS, left))
                if self._refused == refused:
                    break
        return max(end - time.monotonic(), 0.0)

    def _begin(self) -> bool:
        with self._changed:
            if self._is_draining:
                self._refused += 1
                self._changed.notify_all()
                return False
            self._running += 1
            return True

    def _end(self) -> None:
        with self._changed:
            self._running -= 1
            self._changed.notify_all()
