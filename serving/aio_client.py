"""Asks servers from asynchronous code, as `serving.client` does otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from types import TracebackType
from typing import TypeVar

import grpc
import numpy as np

from v2v_tf import extras

with extras.needed("serving"):
    from serving import calls
    from serving.calls import Answer, Call
    from serving.connection import Connection
    from serving.protocol import Interface, Retries, Target
    from serving.video_stream import VideoStream

_Item = TypeVar("_Item")


class AsyncVid2VidClient(Connection):
    """Asks a server for frames within an event loop; use it in an `async with`.

    Methods, arguments and errors are those of `serving.client.Vid2VidClient`.

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
        >>> import asyncio
        >>> from v2v_tf import load_config
        >>> from v2v_tf.data.input.dataset import read_clips
        >>> clip = next(read_clips("data/toy", load_config("test/toy_street")))
        >>> async def generate():
        ...     begin = clip.conditions, clip.instances, clip.frames[:2]
        ...     async with AsyncVid2VidClient(server) as client:
        ...         return [frame async for frame in client.stream(*begin)]
        >>> len(asyncio.run(generate()))
        6
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
        super().__init__(grpc.aio, target, model, timeout, retries, credentials)

    async def __aenter__(self) -> AsyncVid2VidClient:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connection."""
        await self._channel.close()

    async def interface(self) -> Interface:
        """Returns what the model's signatures ask for; see `Vid2VidClient`."""
        return await self._run(calls.interface(self._model))

    async def status(self) -> dict[int, str]:
        """Returns the state of every version of the model; see `Vid2VidClient`."""
        return await self._run(calls.status(self._model))

    async def predict(
        self, signature: str, inputs: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Runs any signature of the model; see `Vid2VidClient.predict`."""
        return await self._run(calls.predict(self._model, signature, inputs))

    async def sample_styles(self, seed: int = 0, component: int = -1) -> np.ndarray:
        """Draws the styles of a video; see `Vid2VidClient.sample_styles`."""
        return await self._run(calls.sample_styles(self._model, seed, component))

    async def styles_from_frames(
        self,
        conditions: np.ndarray,
        frames: np.ndarray,
        instances: np.ndarray | None = None,
    ) -> np.ndarray:
        """Returns the styles that frames show; see `Vid2VidClient`."""
        return await self._run(
            calls.styles_from_frames(self._model, conditions, frames, instances)
        )

    async def stream(
        self,
        conditions: Iterable[np.ndarray] | AsyncIterable[np.ndarray],
        instances: Iterable[np.ndarray] | AsyncIterable[np.ndarray] | None = None,
        first_frames: np.ndarray | None = None,
        styles: np.ndarray | None = None,
    ) -> AsyncIterator[np.ndarray]:
        """Generates a video, with one request for each frame.

        Args:
            conditions: planes [H, W, P] of one frame after the other, from an iterable
                or an asynchronous one; see `Vid2VidClient.stream`.
            instances: integers [H, W] for each condition, where the model uses them;
                an iterable, or an async one.
            first_frames: uint8 [n - 1, H, W, 3], where the model does not make them.
            styles: float32 [L, K, F], where the model has styles.

        Yields:
            uint8 [H, W, 3] for each condition after the first n - 1.

        Raises:
            grpc.RpcError: the server refuses, or cannot be reached.
            InputError: the arrays do not fit what the model asks for.
        """
        video = VideoStream(self._model, await self.interface(), first_frames, styles)
        ids = None if instances is None else _as_async(instances)
        async for planes in _as_async(conditions):
            instance = None if ids is None else await anext(ids, None)
            call = video.call(planes, instance)
            frame = None if call is None else await self._run(call)
            if frame is not None:
                yield frame

    async def _run(self, call: Call[Answer]) -> Answer:
        """Sends a request, and again where that is safe and may help."""
        attempt = 1
        while True:
            try:
                method = self._methods[call.method]
                return call.read(await method(call.request, timeout=self._timeout))
            except grpc.RpcError as error:
                wait = self._retries.wait(attempt, error)
                if wait is None:
                    raise
            await asyncio.sleep(wait)
            attempt += 1


async def _as_async(
    items: Iterable[_Item] | AsyncIterable[_Item],
) -> AsyncIterator[_Item]:
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
