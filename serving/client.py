"""Asks TensorFlow Serving or the embedded server for frames of conditions."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType

import grpc
import numpy as np

from v2v_tf import extras

with extras.needed("serving"):
    from serving import calls
    from serving.calls import Answer, Call
    from serving.connection import Connection
    from serving.protocol import Interface, Retries, Target
    from serving.video_stream import VideoStream


class Vid2VidClient(Connection):
    """Asks a server for frames; use it in a `with`, or `close` it.

    Requests that the server could not take are sent again: a request carries all that
    its answer depends on, so that is safe.

    Args:
        target: address `host:port` of the server's gRPC service.
        model: model to ask for; None for the newest version of `vid2vid`.
        timeout: seconds that each request may take.
        retries: when a failed request is sent again; None for five attempts in all.
        credentials: credentials for TLS, from `grpc.ssl_channel_credentials`; None for
            a connection without it.

    Example:
        With `server`, the address `host:port` of a server that `v2v-tf serve` started:

        ```python
        >>> from v2v_tf import load_config
        >>> from v2v_tf.data.input.dataset import read_clips
        >>> clip = next(read_clips("data/toy", load_config("test/toy_street")))
        >>> with Vid2VidClient(server) as client:
        ...     given = clip.conditions, clip.instances, clip.frames[:2]
        ...     video = list(client.stream(*given))
        >>> len(video), video[0].shape
        (6, (32, 64, 3))
        ```
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
        super().__init__(grpc, target, model, timeout, retries, credentials)

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
        """Closes the connection."""
        self._channel.close()

    def interface(self) -> Interface:
        """Returns what the model's signatures ask for.

        Raises:
            grpc.RpcError: the server refuses, or cannot be reached.
            InputError: the model was not exported by `v2v-tf export`.
        """
        return self._run(calls.interface(self._model))

    def status(self) -> dict[int, str]:
        """Returns the state of every version of the model, such as `AVAILABLE`.

        Raises:
            grpc.RpcError: the server refuses, or cannot be reached.
        """
        return self._run(calls.status(self._model))

    def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Runs any signature of the model.

        Args:
            signature: name of the signature.
            inputs: arrays by the names of its inputs.

        Returns:
            All of its outputs by name.

        Raises:
            grpc.RpcError: the server refuses, or cannot be reached.
        """
        return self._run(calls.predict(self._model, signature, inputs))

    def sample_styles(self, seed: int = 0, component: int = -1) -> np.ndarray:
        """Draws the styles of a video from those of the training clips.

        Args:
            seed: seed of the draw; equal seeds give equal styles.
            component: component of every class's mixture, 0 for the most frequent one;
                -1 to draw one.

        Returns:
            Styles for `stream`, float32 [L, K, F]: classes, variants, features.

        Raises:
            grpc.RpcError: the server refuses, as for a model without styles, or cannot
                be reached.
        """
        return self._run(calls.sample_styles(self._model, seed, component))

    def styles_from_frames(
        self,
        conditions: np.ndarray,
        frames: np.ndarray,
        instances: np.ndarray | None = None,
    ) -> np.ndarray:
        """Returns the styles that frames show.

        Args:
            conditions: uint8, or uint16 as the model asks, [N, H, W, P].
            frames: uint8 [N, H, W, 3].
            instances: integers [N, H, W], where the model uses them.

        Returns:
            Styles for `stream`, float32 [L, K, F]: classes, variants, features.

        Raises:
            grpc.RpcError: the server refuses, as for a model without styles, or cannot
                be reached.
        """
        return self._run(
            calls.styles_from_frames(self._model, conditions, frames, instances)
        )

    def stream(
        self,
        conditions: Iterable[np.ndarray],
        instances: Iterable[np.ndarray] | None = None,
        first_frames: np.ndarray | None = None,
        styles: np.ndarray | None = None,
    ) -> Iterator[np.ndarray]:
        """Generates a video, with one request for each frame.

        Args:
            conditions: [H, W, P] each, in order; the first n - 1 come before the
                first generated frame.
            instances: integers [H, W] for each condition, where the model uses them.
            first_frames: uint8 [n - 1, H, W, 3], where the model does not make them.
            styles: float32 [L, K, F], where the model has styles.

        Yields:
            uint8 [H, W, 3] for each condition after the first n - 1.

        Raises:
            grpc.RpcError: the server refuses, or cannot be reached.
            InputError: the arrays do not fit what the model asks for.
        """
        video = self.open(first_frames, styles)
        ids = iter(instances) if instances is not None else None
        for planes in conditions:
            call = video.call(planes, None if ids is None else next(ids, None))
            frame = None if call is None else self.send(call)
            if frame is not None:
                yield frame

    def open(
        self,
        first_frames: np.ndarray | None = None,
        styles: np.ndarray | None = None,
    ) -> VideoStream:
        """Returns a video that is to be made, whose calls are sent one by one.

        Arguments and errors are those of `stream`.
        """
        return VideoStream(self._model, self.interface(), first_frames, styles)

    def send(self, call: Call[Answer]) -> Answer:
        """Sends a call, such as one of `open`, and returns its answer.

        Raises:
            grpc.RpcError: the server refuses, or cannot be reached.
        """
        return self._run(call)

    def _run(self, call: Call[Answer]) -> Answer:
        """Sends a request, and again where that is safe and may help."""
        attempt = 1
        while True:
            try:
                method = self._methods[call.method]
                return call.read(method(call.request, timeout=self._timeout))
            except grpc.RpcError as error:
                wait = self._retries.wait(attempt, error)
                if wait is None:
                    raise
            time.sleep(wait)
            attempt += 1
