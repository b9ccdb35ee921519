"""Clients: a stream is the model's roll-out, whoever asks."""

from __future__ import annotations

import asyncio
import threading
import time

import grpc
import numpy as np
import pytest

from serving.aio_client import AsyncVid2VidClient
from serving.client import Vid2VidClient
from serving.protocol import Interface, Retries, Target
from serving.video_stream import VideoStream
from v2v_tf.errors import InputError


@pytest.fixture(scope="module")
def expected(street_synthesizer, toy_clips) -> np.ndarray:
    return street_synthesizer.rollout(toy_clips[0]).fake_frames


def of(clip) -> tuple:
    return clip["conditions"], clip["instances"], clip["frames"][:2]


def close(frames, expected) -> bool:
    difference = np.abs(np.stack(frames).astype(int) - expected.astype(int))
    return difference.max() <= 2 and (difference == 0).mean() >= 0.99


def test_a_stream(client, toy_clips, expected):
    assert close(list(client.stream(*of(toy_clips[0]))), expected)


def test_a_stream_begins_before_its_source_ends(client, toy_clips):
    planes, ids, first = of(toy_clips[0])
    seen = []

    def source():
        for index, frame in enumerate(planes):
            seen.append(index)
            yield frame

    frames = client.stream(source(), ids, first)
    next(frames)
    assert seen == [0, 1, 2]


def test_the_async_twin(server, toy_clips, expected):
    planes, ids, first = of(toy_clips[0])

    async def source():
        for frame in planes:
            yield frame

    async def collect():
        async with AsyncVid2VidClient(f"127.0.0.1:{server.port}") as client:
            return [frame async for frame in client.stream(source(), ids, first)]

    assert close(asyncio.run(collect()), expected)


def test_the_async_twin_knows_what_the_client_knows(server, client, toy_clips):
    first = {k: toy_clips[1][k][None, :2] for k in ("conditions", "instances")}
    first["frames"] = toy_clips[1]["frames"][None, :2]

    async def ask():
        async with AsyncVid2VidClient(f"127.0.0.1:{server.port}") as twin:
            states = await twin.predict("init_states_from_frames", first)
            return await twin.interface(), await twin.status(), states

    interface, status, states = asyncio.run(ask())
    assert interface == client.interface() and status == client.status()
    expected = client.predict("init_states_from_frames", first)
    assert states.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(states[name], array)


def test_interface_and_status(client):
    interface = client.interface()
    assert interface == Interface(
        history=2,
        num_planes=1,
        uses_instances=True,
        takes_frames=True,
        begins_alone=False,
    )
    assert client.status() == {1: "AVAILABLE"}


def test_any_signature(client, toy_clips):
    first = {
        k: toy_clips[0][k][None, :2] for k in ("conditions", "instances", "frames")
    }
    states = client.predict("init_states_from_frames", first)
    assert states["state_frames_0"].shape == (1, 2, 32, 64, 3)


def test_a_version_or_a_label():
    assert Target("m", version=4).spec("s").version.value == 4
    assert Target("m", label="stable").spec().version_label == "stable"
    with pytest.raises(InputError, match="not both"):
        Target("m", version=4, label="stable")


@pytest.mark.slow
def test_a_server_that_comes_up_later_is_waited_for(
    start_server, free_port, street_model, toy_clips, expected
):
    port = free_port()
    retries = Retries(attempts=300, first_wait=0.3, factor=1.0)
    with Vid2VidClient(f"127.0.0.1:{port}", retries=retries) as client:
        starter = threading.Timer(
            0.5, lambda: start_server({"vid2vid": street_model.parent}, port=port)
        )
        starter.start()
        frames = list(client.stream(*of(toy_clips[0])))
        starter.join()
    assert close(frames, expected)


def test_no_server_is_given_up(free_port):
    retries = Retries(attempts=3, first_wait=0.05)
    with Vid2VidClient(f"127.0.0.1:{free_port()}", retries=retries) as client:
        began = time.monotonic()
        with pytest.raises(grpc.RpcError) as error:
            client.interface()
    assert error.value.code() == grpc.StatusCode.UNAVAILABLE
    assert 0.05 < time.monotonic() - began < 10


def test_what_is_not_sent_again(client, toy_clips):
    planes, ids, first = of(toy_clips[0])
    with pytest.raises(grpc.RpcError) as error:
        list(client.stream(planes + 5, ids, first))
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "must be 0 .. 7" in error.value.details()
    assert Retries().wait(1, error.value) is None


def test_a_deadline(server, toy_clips):
    client = Vid2VidClient(f"127.0.0.1:{server.port}", timeout=1e-4)
    with client, pytest.raises(grpc.RpcError) as error:
        list(client.stream(*of(toy_clips[0])))
    assert error.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


@pytest.mark.parametrize(
    ("planes", "ids", "first", "message"),
    [
        (np.zeros((8, 32, 64, 2), np.uint8), None, None, r"uint8 \[H, W, 1\], got"),
        (np.zeros((8, 32, 64, 1), np.int32), None, None, "got int32"),
        (np.zeros((8, 32, 64, 1), np.uint8), None, None, "instances: expected"),
        (
            np.zeros((8, 32, 64, 1), np.uint8),
            np.zeros((8, 32, 64), int),
            np.zeros((2, 30, 64, 3), np.uint8),
            r"first_frames: expected uint8 \[2, 32, 64, 3\]",
        ),
    ],
)
def test_arrays_that_no_server_would_take(client, planes, ids, first, message):
    given = np.zeros((2, 32, 64, 3), np.uint8) if first is None else first
    with pytest.raises(InputError, match=message):
        list(client.stream(planes, ids, given))


def test_a_model_that_needs_first_frames_or_takes_none():
    needs = Interface(2, 1, False, takes_frames=True, begins_alone=False)
    with pytest.raises(InputError, match="needs first_frames"):
        VideoStream(Target(), needs)
    zeros = Interface(2, 1, False, takes_frames=False, begins_alone=True)
    with pytest.raises(InputError, match="past frames of zeros"):
        VideoStream(Target(), zeros, np.zeros((2, 8, 8, 3), np.uint8))
