"""A server in this process, over the tiny exported model."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from serving.client import Vid2VidClient
from serving.connection import channel_options
from serving.model_config import ModelConfig
from serving.options import ServerOptions
from serving.server import Server


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    """Returns a port that nobody listens on."""

    def find() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    return find


@pytest.fixture(scope="session")
def start_server(free_port) -> Iterator[Callable[..., Server]]:
    """Starts a server on free ports; stops it in the end."""
    servers = []

    def start(models: dict[str, Path] | tuple[ModelConfig, ...], **more) -> Server:
        if isinstance(models, dict):
            models = tuple(ModelConfig(name, path) for name, path in models.items())
        ports = {"port": 0, "rest_port": free_port()}
        options = {"poll_seconds": 0.2, "drain_seconds": 10.0, **ports, **more}
        server = Server(ServerOptions(models=models, host="127.0.0.1", **options))
        servers.append(server)
        server.start()
        return server

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="session")
def server(start_server, street_model) -> Server:
    """Serves the tiny model as `vid2vid`, each request alone."""
    return start_server({"vid2vid": street_model.parent})


@pytest.fixture
def client(server) -> Iterator[Vid2VidClient]:
    with Vid2VidClient(f"127.0.0.1:{server.port}") as client:
        yield client


@pytest.fixture
def channel(server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(
        f"127.0.0.1:{server.port}", options=channel_options()
    ) as channel:
        yield channel
