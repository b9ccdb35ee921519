"""Runs a model server in its own process, with the flags of TensorFlow Serving."""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import grpc
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_pb2,
    model_service_pb2_grpc,
)

from v2v_tf.errors import InputError

_POLL_SECONDS = 0.2
_STOP_SECONDS = 20.0
_SHOWN_LOG = 800
# Without what libraries say at every start.
_QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
_STATE = get_model_status_pb2.ModelVersionStatus


class ServerProcess:
    """Runs a server that has a model loaded while the `with` lasts.

    Args:
        command: command that starts the server; options are appended.
        model_name: name under which the model is served.
        base_path: folder of the model's versions.
        seconds: seconds that loading may take.

    Attributes:
        address: address `host:port` of the gRPC service.

    Raises:
        InputError: on entering, the server ends, says that the model cannot be loaded,
            or takes too long; the message has the end of its log.
    """

    def __init__(
        self, command: Sequence[str], model_name: str, base_path: Path, seconds: float
    ) -> None:
        port = _free_port()
        self.address = f"127.0.0.1:{port}"
        self._model_name = model_name
        self._seconds = seconds
        self._command = [
            *command,
            f"--port={port}",
            "--rest_api_port=0",
            f"--model_name={model_name}",
            f"--model_base_path={base_path}",
        ]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed on leaving
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> ServerProcess:
        self._process = subprocess.Popen(
            self._command,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **_QUIET},
        )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()

    def _wait(self) -> None:
        assert self._process is not None
        deadline = time.monotonic() + self._seconds
        asked = get_model_status_pb2.GetModelStatusRequest(
            model_spec=model_pb2.ModelSpec(name=self._model_name)
        )
        with grpc.insecure_channel(self.address) as channel:
            stub = model_service_pb2_grpc.ModelServiceStub(channel)
            while time.monotonic() < deadline:
                if self._process.poll() is not None:
                    raise InputError(f"the server ended: {self._shown_log()}")
                try:
                    found = stub.GetModelStatus(asked, timeout=5)
                except grpc.RpcError:  # Not there yet.
                    time.sleep(_POLL_SECONDS)
                    continue
                states = {v.state for v in found.model_version_status}
                if states == {_STATE.AVAILABLE}:
                    return
                if _STATE.END in states:
                    why = found.model_version_status[0].status.error_message
                    raise InputError(f"the server cannot load the model: {why}")
                time.sleep(_POLL_SECONDS)
        raise InputError(
            f"the model was not loaded within {self._seconds:g} seconds: "
            f"{self._shown_log()}"
        )

    def _stop(self) -> None:
        assert self._process is not None
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _shown_log(self) -> str:
        self._log.flush()
        self._log.seek(0)
        return self._log.read()[-_SHOWN_LOG:].strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
