"""The async twin of `serving.client`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from types import TracebackType
from typing import TypeVar

import grpc
import numpy as np
from tensorflow_serving.apis import prediction_service_pb2_grpc

from serving import protocol
from serving.client import open_channel
from serving.protocol import Interface, Retries, Target
from serving.video_stream import VideoStream

_Item = TypeVar("_Item")


class AsyncVid2VidClient:
    """As `Vid2VidClient`, within an event loop; use it in an `async with`.

    Args:
        target: `host:port` of gRPC.
        model: which model; None for the newest `vid2vid`.
        timeout: seconds for each request.
        retries: of requests that a server could not take.
        credentials: for TLS; None for none.
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
        self._channel = open_channel(grpc.aio, target, credentials)
        self._stub = prediction_service_pb2_grpc.PredictionServiceStub(self._channel)
        self._model = model or Target()
        self._timeout = timeout
        self._retries = retries or Retries()

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
        """Ends the connection."""
        await self._channel.close()

    async def interface(self) -> Interface:
        """Returns what the model's signatures ask for; see `Vid2VidClient`."""
        asked = protocol.metadata_request(self._model)
        return Interface.of(await self._call(self._stub.GetModelMetadata, asked))

    async def sample_styles(self, seed: int = 0, component: int = -1) -> np.ndarray:
        """Returns what a video may look like; see `Vid2VidClient.sample_styles`."""
        asked = protocol.sample_request(self._model, seed, component)
        return protocol.styles_of(await self._call(self._stub.Predict, asked))

    async def styles_from_frames(
        self,
        conditions: np.ndarray,
        frames: np.ndarray,
        instances: np.ndarray | None = None,
    ) -> np.ndarray:
        """Returns what frames look like; see `Vid2VidClient.styles_from_frames`."""
        asked = protocol.shown_request(self._model, conditions, frames, instances)
        return protocol.styles_of(await self._call(self._stub.Predict, asked))

    async def stream(
        self,
        conditions: Iterable[np.ndarray] | AsyncIterable[np.ndarray],
        instances: Iterable[np.ndarray] | AsyncIterable[np.ndarray] | None = None,
        first_frames: np.ndarray | None = None,
        styles: np.ndarray | None = None,
    ) -> AsyncIterator[np.ndarray]:
        """Generates a video; see `Vid2VidClient.stream`."""
        video = VideoStream(self._model, await self.interface(), first_frames, styles)
        ids = None if instances is None else _as_async(instances)
        async for planes in _as_async(conditions):
            instance = None if ids is None else await anext(ids, None)
            asked = video.request(planes, instance)
            if asked is None:
                continue
            frame = video.answer(await self._call(self._stub.Predict, asked))
            if frame is not None:
                yield frame

    async def _call(self, method, asked):
        attempt = 1
        while True:
            try:
                return await method(asked, timeout=self._timeout)
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
