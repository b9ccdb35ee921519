"""Connects clients to a server."""

from __future__ import annotations

from typing import Any

import grpc
from tensorflow_serving.apis import (
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)

from serving.protocol import Retries, Target

MAX_MESSAGE_BYTES = (1 << 31) - 1


def channel_options() -> list[tuple[str, int]]:
    """Returns the options of a channel: gRPC's own limit is 4 MB a message."""
    return [
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        # A server that was away is found again within seconds.
        ("grpc.max_reconnect_backoff_ms", 2000),
    ]


class Connection:
    """Holds what clients share: a channel, the model asked for, and the limits.

    Args:
        api: `grpc`, or `grpc.aio` for a client within an event loop.
        target: address `host:port` of the server's gRPC service.
        model: model to ask for; None for the newest version of `vid2vid`.
        timeout: seconds that each request may take.
        retries: when a failed request is sent again; None for the defaults.
        credentials: credentials for TLS; None for a connection without it.
    """

    def __init__(
        self,
        api: Any,
        target: str,
        model: Target | None,
        timeout: float,
        retries: Retries | None,
        credentials: grpc.ChannelCredentials | None,
    ) -> None:
        options = channel_options()
        if credentials is None:
            self._channel = api.insecure_channel(target, options=options)
        else:
            self._channel = api.secure_channel(target, credentials, options=options)
        predictions = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        models = model_service_pb2_grpc.ModelServiceStub(self._channel)
        self._methods = {
            "Predict": predictions.Predict,
            "GetModelMetadata": predictions.GetModelMetadata,
            "GetModelStatus": models.GetModelStatus,
        }
        self._model = model or Target()
        self._timeout = timeout
        self._retries = retries or Retries()
