"""Whatever comes, it gets its status code, and nobody else notices."""

from __future__ import annotations

import random
import socket
import struct
import threading
import zlib

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow_serving.apis import predict_pb2, prediction_service_pb2_grpc

from serving.client import Vid2VidClient
from serving.connection import channel_options

CASES = 240
_BAD = (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND)
_REFUSALS = (*_BAD, grpc.StatusCode.FAILED_PRECONDITION)


@pytest.fixture(scope="module")
def stub(server):
    with grpc.insecure_channel(
        f"127.0.0.1:{server.port}", options=channel_options()
    ) as channel:
        yield prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture(scope="module")
def good(stub, toy_clips) -> predict_pb2.PredictRequest:
    """A request for a frame that is answered."""
    clip = toy_clips[0]
    begin = request("init_states_from_frames")
    for name in ("conditions", "instances", "frames"):
        put(begin, name, clip[name][None, :2])
    made = request("generate_frame")
    for name, proto in stub.Predict(begin).outputs.items():
        made.inputs[name].CopyFrom(proto)
    for name in ("conditions", "instances"):
        put(made, name, clip[name][None, 2])
    stub.Predict(made)
    return made


def request(signature: str) -> predict_pb2.PredictRequest:
    made = predict_pb2.PredictRequest()
    made.model_spec.name = "vid2vid"
    made.model_spec.signature_name = signature
    return made


def put(made: predict_pb2.PredictRequest, name: str, array) -> None:
    made.inputs[name].CopyFrom(tf.make_tensor_proto(array))


def broken(good: predict_pb2.PredictRequest, rng: random.Random):
    """Returns a request with one thing wrong, and what it is."""
    made = predict_pb2.PredictRequest.FromString(good.SerializeToString())
    name = rng.choice(sorted(made.inputs))
    proto = made.inputs[name]
    dims = proto.tensor_shape.dim

    def another_type():
        proto.dtype = rng.choice(
            [t for t in types_pb2.DataType.values() if t != proto.dtype]
        )

    def another_rank():
        if rng.random() < 0.5:
            del dims[rng.randrange(len(dims))]
        else:
            dims.add(size=rng.choice([1, 2]))

    def another_size():
        dims[rng.randrange(len(dims))].size += rng.choice([-1, 1, 3, 1000])

    def negative_size():
        dims[rng.randrange(len(dims))].size = -rng.randint(1, 1 << 40)

    def huge_claim():
        for dim in dims:
            dim.size = rng.choice([1 << 20, 1 << 31, 1 << 62])
        if rng.random() < 0.5:
            proto.tensor_content = b""

    def short_content():
        proto.tensor_content = proto.tensor_content[: rng.randrange(1, 100)]

    def missing():
        del made.inputs[name]

    def extra():
        put(made, f"x{rng.random()}", np.zeros(rng.randrange(5), np.float32))

    def label_out_of_range():
        planes = tf.make_ndarray(made.inputs["conditions"]).copy()
        planes.flat[rng.randrange(planes.size)] = rng.randint(8, 255)
        put(made, "conditions", planes)

    def no_videos():
        for key in made.inputs:
            put(made, key, tf.make_ndarray(made.inputs[key])[:0])

    def odd_size():
        for key in ("conditions", "instances"):
            put(made, key, tf.make_ndarray(made.inputs[key])[:, : rng.choice([30, 6])])

    def unknown_model():
        made.model_spec.name = rng.choice(["", "x" * 10_000, "vid2vid/1", "../etc"])

    def unknown_version():
        made.model_spec.version.value = rng.choice([-1, 0, 2, 1 << 62])

    def unknown_signature():
        made.model_spec.signature_name = rng.choice(["x", "__saved_model_init_op"])

    def unknown_output():
        made.output_filter.append(rng.choice(["frames", "fake_frames:0", "\0"]))

    ways = [value for value in locals().values() if callable(value)]
    way = rng.choice(ways)
    way()
    return made, way.__name__


def test_generated_cases(stub, good, server, toy_clips):
    """While they come, another stream gets the frames it gets alone."""
    clip = toy_clips[1]
    video = (clip["conditions"], clip["instances"], clip["frames"][:2])
    with Vid2VidClient(f"127.0.0.1:{server.port}") as client:
        alone = np.stack(list(client.stream(*video)))
        rounds, done = [], threading.Event()

        def other_user():
            while not done.is_set():
                rounds.append(np.stack(list(client.stream(*video))))

        thread = threading.Thread(target=other_user)
        thread.start()
        rng, seen = random.Random(3), set()
        try:
            for _ in range(CASES):
                made, way = broken(good, rng)
                seen.add(way)
                with pytest.raises(grpc.RpcError) as error:
                    stub.Predict(made, timeout=60)
                code, text = error.value.code(), error.value.details()
                assert code in _REFUSALS, (way, code, text)
                assert len(text) > 15, (way, text)
        finally:
            done.set()
            thread.join()
    assert len(seen) >= 14
    assert len(rounds) >= 2
    for frames in rounds:
        np.testing.assert_array_equal(frames, alone)


@pytest.mark.slow
def test_a_message_above_the_limit(start_server, street_model):
    server = start_server({"vid2vid": street_model.parent}, max_message_mb=1)
    with grpc.insecure_channel(
        f"127.0.0.1:{server.port}", options=channel_options()
    ) as channel:
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        made = request("generate_frame")
        put(made, "conditions", np.zeros((1, 2000, 1000, 1), np.uint8))
        with pytest.raises(grpc.RpcError) as error:
            stub.Predict(made)
    assert error.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_garbage_on_the_port(server, stub, good):
    rng = random.Random(5)
    for size in (1, 100, 10_000):
        for port in (server.port, server.rest_port):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.settimeout(5)
                try:
                    connection.sendall(rng.randbytes(size))
                    connection.recv(1000)
                except OSError:
                    pass
    stub.Predict(good)


def test_a_client_that_vanishes(server, stub, good):
    for _ in range(5):
        channel = grpc.insecure_channel(
            f"127.0.0.1:{server.port}", options=channel_options()
        )
        other = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        other.Predict.future(good)
        channel.close()
    stub.Predict(good)


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """A grey PNG with any claim of its size."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        crc = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(data))
        + chunk(b"IEND", b"")
    )


def encoded(array: np.ndarray) -> bytes:
    return tf.io.encode_png(array).numpy()


@pytest.fixture(scope="module")
def images(toy_clips) -> dict[str, list]:
    """Inputs of `generate_encoded` for one video of three frames."""
    clip = toy_clips[0]
    ids = clip["instances"][:3, ..., None].astype(np.uint16)
    return {
        "conditions_bytes": [[encoded(x) for x in clip["conditions"][:3]]],
        "instances_bytes": [[encoded(x) for x in ids]],
        "frames_bytes": [[encoded(x) for x in clip["frames"][:2]]],
        "image_format": [b"png"],
    }


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"conditions_bytes": [b"not a png"] * 3}, "expected PNG images"),
        ({"conditions_bytes": [b""] * 3}, "expected PNG images"),
        ({"conditions_bytes": [png(60_000, 60_000)] * 3}, "may have 16777216 pixels"),
        ({"conditions_bytes": [png(1 << 31, 1 << 31)] * 3}, "may have 16777216 pixels"),
        ({"conditions_bytes": [png(0, 0)] * 3}, "one pixel or more"),
        ({"conditions_bytes": [png(64, 32)] * 3}, "PNG"),
        ({"conditions_bytes": [png(64, 30, bytes(65 * 30))] * 3}, "divisible by 4"),
        ({"conditions_bytes": [png(64, 32, bytes(65 * 32))]}, "more than 2 images"),
        ({"frames_bytes": [b"\xff\xd8\xff\xe0 no jpeg"] * 2}, "JPEG"),
        ({"image_format": b"gif"}, "expected png or jpeg"),
    ],
)
def test_images_that_are_none(stub, images, changed, message):
    made = request("generate_encoded")
    for name, value in {**images, **{k: [v] for k, v in changed.items()}}.items():
        put(made, name, np.array(value, object))
    with pytest.raises(grpc.RpcError) as error:
        stub.Predict(made)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT, error.value
    assert message in error.value.details()


def test_truncated_png(stub, images):
    made = request("generate_encoded")
    broken_images = [
        image[: len(image) // 2] for image in images["conditions_bytes"][0]
    ]
    for name, value in {**images, "conditions_bytes": [broken_images]}.items():
        put(made, name, np.array(value, object))
    with pytest.raises(grpc.RpcError) as error:
        stub.Predict(made)
    assert error.value.code() == grpc.StatusCode.INVALID_ARGUMENT
