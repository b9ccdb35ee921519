"""Refuses requests with a gRPC status and a message that says what to send."""

from __future__ import annotations

import re

import grpc
import tensorflow as tf

# The codes are the same numbers in both.
_BY_NUMBER = {code.value[0]: code for code in grpc.StatusCode}
_HTTP = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.FAILED_PRECONDITION: 400,
    grpc.StatusCode.OUT_OF_RANGE: 400,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.RESOURCE_EXHAUSTED: 429,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 504,
}


class RequestError(Exception):
    """Refuses a request.

    Attributes:
        code: status code of gRPC.
        message: text for the caller.
    """

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def http_status(self) -> int:
        """Returns the HTTP status that corresponds to the code."""
        return _HTTP.get(self.code, 500)


def invalid(message: str) -> RequestError:
    """Returns the refusal of an argument."""
    return RequestError(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_found(message: str) -> RequestError:
    """Returns the refusal of a model or version that is not served."""
    return RequestError(grpc.StatusCode.NOT_FOUND, message)


def from_tensorflow(error: tf.errors.OpError) -> RequestError:
    """Returns the refusal that an error of a graph stands for.

    Checks in the graph say `assertion failed: [text] [value] ...`; the caller gets
    that, without the names of nodes.
    """
    code = _BY_NUMBER.get(error.error_code, grpc.StatusCode.INTERNAL)
    found = re.search(r"assertion failed: (.*)", error.message)
    if found is None:
        lines = [line.strip() for line in error.message.splitlines()]
        wanted = (x for x in lines if x and not x.startswith(("Detected at", "<stack")))
        text = next((x for x in wanted if x != "Graph execution error:"), error.message)
    else:
        text = " ".join(re.findall(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]", found[1]))
    text = re.sub(r"\s*\[\[\{\{node.*|\[Op:.*", "", text).strip()
    return RequestError(code, text or "the model failed")
