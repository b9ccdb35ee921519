"""Runs the embedded server: TensorFlow Serving's protocol without its binary.

For laptops, tests and machines without Docker; `python -m serving.server` takes the
flags of `tensorflow_model_server`.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent import futures
from typing import Any

from absl import logging

from v2v_tf import extras

# Whoever lacks the extra reads one line and no traceback.
with extras.needed("serving", "serving.server" if __name__ == "__main__" else None):
    import grpc
    import waitress
    from grpc_health.v1 import health, health_pb2, health_pb2_grpc
    from tensorflow_serving.apis import (
        model_service_pb2_grpc,
        prediction_service_pb2_grpc,
    )

from serving import options as server_options
from serving.draining import Draining
from serving.metrics import ServerMetrics
from serving.model_manager import ModelManager
from serving.options import ServerOptions, TlsOptions
from serving.rest import RestApp
from serving.served_model import ServingOptions
from serving.services import ModelService, PredictionService
from serving.status import RequestError
from v2v_tf.errors import InputError

_MIN_THREADS = 32  # Most of them wait: for a batch, or for a core.
_SERVICES = ("", "tensorflow.serving.PredictionService")


class Server:
    """Serves models over gRPC and REST until it is stopped.

    Args:
        options: models to serve, ports, and all else; see `ServerOptions`.

    Attributes:
        manager: holds the models.
        port: port of the gRPC service.
        rest_port: port of the REST service; 0 where there is none.

    Raises:
        InputError: a port is taken, or a certificate cannot be used.

    Example:
        With an export in `models/vid2vid/1`:

        ```python
        >>> from pathlib import Path
        >>> from serving.client import Vid2VidClient
        >>> from serving.model_config import ModelConfig
        >>> from serving.options import ServerOptions
        >>> model = ModelConfig("vid2vid", Path("models/vid2vid"))
        >>> server = Server(ServerOptions(models=(model,), port=0, rest_port=0))
        >>> server.start()
        >>> with Vid2VidClient(f"localhost:{server.port}") as client:
        ...     client.status()
        {1: 'AVAILABLE'}
        >>> server.stop()
        ```
    """

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        # Ports first: loading takes long, and ends in vain where one is taken.
        workers = max(_MIN_THREADS, 4 * (os.cpu_count() or 1))
        limit = options.max_message_mb << 20
        self._draining = Draining()
        self._grpc = grpc.server(
            futures.ThreadPoolExecutor(workers, thread_name_prefix="grpc"),
            interceptors=[self._draining],
            options=[
                ("grpc.max_receive_message_length", limit),
                ("grpc.max_send_message_length", limit),
                ("grpc.so_reuseport", 0),
            ],
        )
        serving_options = ServingOptions(
            batching=options.batching,
            warm_up=options.warm_up,
            on_batch=lambda name, size: metrics.batch(name, size),
        )
        self.manager = ModelManager(options.models, serving_options)
        metrics = ServerMetrics(self.manager.is_ready)
        self._health = health.HealthServicer()
        _add_services(self._grpc, self.manager, metrics, self._health)
        self.port = _bind(self._grpc, options)
        self.rest_port = 0
        self._rest = None
        if options.rest_port:
            app = RestApp(self.manager, metrics, options.metrics_path, limit)
            self._rest = _rest_server(app, options, limit)
            self.rest_port = self._rest.effective_port
        self._stopping = threading.Event()
        self._watchers: list[threading.Thread] = []
        self._set_health()

    def start(self) -> None:
        """Loads the models, then begins to answer.

        Raises:
            InputError: a model has versions, and none of them can be loaded.
        """
        self.manager.start(self._options.poll_seconds)
        failures = {k: v for k, v in self.manager.failures().items() if v}
        if failures:
            self.manager.stop()
            texts = (f"{name}: {why}" for name, why in failures.items())
            raise InputError(f"no version can be served of {'; '.join(texts)}")
        for name in self.manager.failures():
            logging.warning("%s has no version yet; waiting for one", name)
        self._grpc.start()
        if self._rest is not None:
            self._watch(self._rest.run)
        self._watch(self._watch_health)
        if self._options.config_file and self._options.config_poll_seconds:
            self._watch(self._watch_config)

    def wait(self) -> None:
        """Blocks until the server has stopped."""
        self._grpc.wait_for_termination()

    def stop(self) -> None:
        """Refuses new requests, waits for running ones, and stops the server.

        Requests that still run after `drain_seconds` are ended.
        """
        self._stopping.set()
        self._health.enter_graceful_shutdown()
        left = self._draining.drain(self._options.drain_seconds)
        self._grpc.stop(left).wait()
        if self._rest is not None:
            self._rest.close()
        self.manager.stop()

    def _watch(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self._watchers.append(thread)

    def _watch_health(self) -> None:
        while not self._stopping.wait(self._options.poll_seconds):
            self._set_health()

    def _set_health(self) -> None:
        kinds = health_pb2.HealthCheckResponse
        ready = self.manager.is_ready()
        for name in _SERVICES:
            self._health.set(name, kinds.SERVING if ready else kinds.NOT_SERVING)

    def _watch_config(self) -> None:
        path, last = self._options.config_file, self._options.models
        assert path is not None
        while not self._stopping.wait(self._options.config_poll_seconds):
            try:
                models = server_options.read_models(path)
                if models != last:
                    self.manager.reload(models)
                    last = models
                    logging.info("%s: read again", path)
            except (InputError, RequestError) as error:
                logging.error("%s: %s; the models before stay", path, error)


def serve(options: ServerOptions) -> int:
    """Serves models until SIGTERM or Ctrl-C; must run in the main thread.

    Args:
        options: models to serve, ports, and all else; see `ServerOptions`.

    Returns:
        0, the exit status of a server that was asked to stop.

    Raises:
        InputError: a port is taken, a certificate cannot be used, or a model has
            versions and none of them can be loaded.
    """
    server = Server(options)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server.start()
    names = ", ".join(model.name for model in options.models)
    rest = f", REST on {server.rest_port}" if server.rest_port else ""
    print(f"serving {names}: gRPC on {server.port}{rest}", flush=True)
    stop.wait()
    print("stopping: requests that run may end", flush=True)
    server.stop()
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the server as a program.

    Args:
        argv: arguments in TensorFlow Serving's spelling or ours; None for those of the
            process.

    Returns:
        The exit status: 0 after SIGTERM, 2 for options that cannot be used.
    """
    parser = argparse.ArgumentParser(
        prog="python -m serving.server", description=__doc__, allow_abbrev=False
    )
    server_options.add_arguments(parser)
    logging.set_verbosity(logging.INFO)
    try:
        return serve(server_options.from_arguments(parser.parse_args(argv)))
    except InputError as error:
        print(f"serving.server: {error}", file=sys.stderr)
        return 2


def _add_services(
    server: grpc.Server,
    manager: ModelManager,
    metrics: ServerMetrics,
    servicer: health.HealthServicer,
) -> None:
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        PredictionService(manager, metrics), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(
        ModelService(manager), server
    )
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)


def _bind(server: grpc.Server, options: ServerOptions) -> int:
    address = f"{options.host}:{options.port}"
    try:
        if options.tls is None:
            port = server.add_insecure_port(address)
        else:
            port = server.add_secure_port(address, _credentials(options.tls))
    except (RuntimeError, ValueError) as error:
        raise InputError(f"cannot listen on {address}: {error}") from error
    if not port:
        raise InputError(
            f"cannot listen on {address}: another program has the port, or the "
            "address or the certificate is wrong: choose another --port"
        )
    return port


def _credentials(tls: TlsOptions) -> grpc.ServerCredentials:
    return grpc.ssl_server_credentials(
        [(tls.key, tls.certificate)],
        root_certificates=tls.client_ca,
        require_client_auth=tls.client_verify,
    )


def _rest_server(app: RestApp, options: ServerOptions, limit: int) -> Any:
    address = f"{options.host}:{options.rest_port}"
    try:
        return waitress.create_server(
            app,
            listen=address,
            threads=_MIN_THREADS,
            max_request_body_size=limit,
            ident=None,
            clear_untrusted_proxy_headers=True,
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"cannot listen on {address}: {error}: choose another --rest-port"
        ) from error


if __name__ == "__main__":
    sys.exit(main())
