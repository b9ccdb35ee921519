"""A client of TensorFlow Serving or of the embedded server: conditions to frames."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_status_pb2,
    model_service_pb2_grpc,
    prediction_service_pb2_grpc,
)

from serving import protocol
from serving.protocol import Interface, Retries, Target
from serving.video_stream import VideoStream

MAX_MESSAGE_BYTES = (1 << 31) - 1


def channel_options() -> list[tuple[str, int]]:
    """Returns the options of a channel: gRPC's own limit is 4 MB a message."""
    return [
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        # A server that was away is found again within seconds.
        ("grpc.max_reconnect_backoff_ms", 2000),
    ]


def open_channel(
    api: Any, target: str, credentials: grpc.ChannelCredentials | None
) -> Any:
    """Returns a channel.

    Args:
        api: `grpc` or `grpc.aio`.
        target: `host:port`.
        credentials: for TLS; None for none.
    """
    if credentials is None:
        return api.insecure_channel(target, options=channel_options())
    return api.secure_channel(target, credentials, options=channel_options())


class Vid2VidClient:
    """Talks to a server; use it in a `with`, or `close` it.

    Args:
        target: `host:port` of gRPC.
        model: which model; None for the newest `vid2vid`.
        timeout: seconds for each request.
        retries: of requests that a server could not take.
        credentials: for TLS, of `grpc.ssl_channel_credentials`; None for none.
    """

    def __init__(
        self,
        target: str,
        model: Target | None = None,
        *,
        timeout: float = 60.0,
        retries: Retries | None = None,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        self._channel = open_channel(grpc, target, credentials)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._models = model_service_pb2_grpc.ModelServiceStub(self._channel)
        self._model = model or Target()
        self._timeout = timeout
        self._retries = retries or Retries()

    def __enter__(self) -> Vid2VidClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection."""
        self._channel.close()

    def interface(self) -> Interface:
        """Returns what the model's signatures ask for.

        Raises:
            grpc.RpcError: the server refuses, or is not there.
            InputError: the model is none of `v2v-tf export`.
        """
        asked = protocol.metadata_request(self._model)
        return Interface.of(self._call(self._stub.GetModelMetadata, asked))

    def status(self) -> dict[int, str]:
        """Returns the state of every version of the model, such as `AVAILABLE`.

        Raises:
            grpc.RpcError: the server refuses, or is not there.
        """
        asked = get_model_status_pb2.GetModelStatusRequest(
            model_spec=self._model.spec()
        )
        found = self._call(self._models.GetModelStatus, asked).model_version_status
        kinds = get_model_status_pb2.ModelVersionStatus.State
        return {status.version: kinds.Name(status.state) for status in found}

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Runs any signature.

        Args:
            signature: its name.
            inputs: arrays by name.

        Returns:
            All of its outputs by name.

        Raises:
            grpc.RpcError: the server refuses, or is not there.
        """
        asked = protocol.request(self._model, signature, inputs)
        response = self._call(self._stub.Predict, asked)
        return {k: tf.make_ndarray(proto) for k, proto in response.outputs.items()}

    def sample_styles(self, seed: int = 0, component: int = -1) -> np.ndarray:
        """Returns what a video may look like, float32 [L, K, F], for `stream`.

        Args:
            seed: of the draw; equal seeds give equal styles.
            component: of every class's mixture, 0 the most frequent; -1 to draw.

        Raises:
            grpc.RpcError: the server refuses, as for a model without styles.
        """
        asked = protocol.sample_request(self._model, seed, component)
        return protocol.styles_of(self._call(self._stub.Predict, asked))

    def styles_from_frames(
        self,
        conditions: np.ndarray,
        frames: np.ndarray,
        instances: np.ndarray | None = None,
    ) -> np.ndarray:
        """Returns what frames look like, float32 [L, K, F], for `stream`.

        Args:
            conditions: uint8 [N, H, W, P].
            frames: uint8 [N, H, W, 3].
            instances: integers [N, H, W], where the model uses them.

        Raises:
            grpc.RpcError: the server refuses, as for a model without styles.
        """
        asked = protocol.shown_request(self._model, conditions, frames, instances)
        return protocol.styles_of(self._call(self._stub.Predict, asked))

    def stream(
        self,
        conditions: Iterable[np.ndarray],
        instances: Iterable[np.ndarray] | None = None,
        first_frames: np.ndarray | None = None,
        styles: np.ndarray | None = None,
    ) -> Iterator[np.ndarray]:
        """Generates a video, a request for each frame.

        Args:
            conditions: uint8 [H, W, P], one after the other; the first n - 1 come
                before the first generated frame.
            instances: integers [H, W] for each, where the model uses them.
            first_frames: uint8 [n - 1, H, W, 3], where the model does not make them.
            styles: float32 [L, K, F], where the model has styles.

        Yields:
            uint8 [H, W, 3] for each condition after the first n - 1.

        Raises:
            grpc.RpcError: the server refuses, or is not there.
            InputError: arrays that no server would take.
        """
        video = VideoStream(self._model, self.interface(), first_frames, styles)
        ids = iter(instances) if instances is not None else None
        for planes in conditions:
            asked = video.request(planes, None if ids is None else next(ids, None))
            if asked is None:
                continue
            frame = video.answer(self._call(self._stub.Predict, asked))
            if frame is not None:
                yield frame

    def _call(self, method, asked):
        """Calls, and calls again where that is safe and may help."""
        attempt = 1
        while True:
            try:
                return method(asked, timeout=self._timeout)
            except grpc.RpcError as error:
                wait = self._retries.wait(attempt, error)
                if wait is None:
                    raise
            time.sleep(wait)
            attempt += 1
