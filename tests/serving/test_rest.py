"""TensorFlow Serving's REST API, as `curl` would call it."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

import numpy as np
import pytest
import tensorflow as tf


@pytest.fixture
def fetch(server):
    """Sends a request; returns the status and what the JSON says."""

    def call(path: str, body=None, raw: bytes | None = None):
        data = raw if raw is not None else None if body is None else json.dumps(body)
        data = data.encode() if isinstance(data, str) else data
        url = f"http://127.0.0.1:{server.rest_port}{path}"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    return call


MODEL = "/v1/models/vid2vid"


def b64(data: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(data).decode()}


def png(array: np.ndarray) -> dict[str, str]:
    return b64(tf.io.encode_png(array).numpy())


def video(clip, wanted: str = "png") -> dict:
    ids = clip["instances"][..., None].astype(np.uint16)
    return {
        "conditions_bytes": [png(x) for x in clip["conditions"][:5]],
        "instances_bytes": [png(x) for x in ids[:5]],
        "frames_bytes": [png(x) for x in clip["frames"][:2]],
        "image_format": wanted,
    }


def decoded(images: list[dict]) -> np.ndarray:
    data = [base64.b64decode(image["b64"]) for image in images]
    return np.stack([tf.io.decode_image(x, 3).numpy() for x in data])


def expected(synthesizer, clip) -> np.ndarray:
    return synthesizer.rollout({k: v[:5] for k, v in clip.items()}).fake_frames


def test_images_in_rows(fetch, toy_clips, street_synthesizer):
    rows = [video(toy_clips[0]), video(toy_clips[1], "jpeg")]
    status, answer = fetch(
        f"{MODEL}:predict", {"signature_name": "generate_encoded", "instances": rows}
    )
    assert status == 200
    one, other = (decoded(images) for images in answer["predictions"])
    exact = expected(street_synthesizer, toy_clips[0]).astype(int)
    assert np.abs(one.astype(int) - exact).max() <= 2
    lossless = expected(street_synthesizer, toy_clips[1])
    jpegs = [tf.io.encode_jpeg(frame, "rgb", 95) for frame in lossless]
    lossy = np.stack([tf.io.decode_jpeg(image).numpy() for image in jpegs])
    assert np.abs(other.astype(int) - lossy.astype(int)).mean() < 1
    assert np.abs(other.astype(int) - lossless.astype(int)).mean() > 1


def test_images_in_columns(fetch, toy_clips, street_synthesizer):
    columns = {k: [v] for k, v in video(toy_clips[0]).items()}
    status, answer = fetch(
        f"{MODEL}/versions/1:predict",
        {"signature_name": "generate_encoded", "inputs": columns},
    )
    assert status == 200
    exact = expected(street_synthesizer, toy_clips[0]).astype(int)
    assert np.abs(decoded(answer["outputs"][0]).astype(int) - exact).max() <= 2


def test_arrays_and_several_outputs(fetch, toy_clips):
    clip = toy_clips[0]
    inputs = {
        name: clip[name][None, :2].tolist()
        for name in ("conditions", "instances", "frames")
    }
    body = {"signature_name": "init_states_from_frames", "inputs": inputs}
    status, answer = fetch(f"{MODEL}:predict", body)
    assert status == 200
    outputs = answer["outputs"]
    assert outputs["state_conditions"] == inputs["conditions"]
    assert np.shape(outputs["state_frames_0"]) == (1, 2, 32, 64, 3)


def test_status_and_metadata(fetch):
    listed = [
        {
            "version": "1",
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
    ]
    assert fetch(MODEL) == (200, {"model_version_status": listed})
    assert fetch(f"{MODEL}/versions/1")[0] == 200
    status, answer = fetch(f"{MODEL}/metadata")
    assert status == 200
    assert answer["model_spec"]["version"] == "1"
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert signatures["generate_frame"]["inputs"]["conditions"]["dtype"] == "DT_UINT8"


def test_metrics(server, client, toy_clips):
    clip = toy_clips[0]
    list(client.stream(clip["conditions"], clip["instances"], clip["frames"][:2]))
    url = f"http://127.0.0.1:{server.rest_port}/monitoring/prometheus/metrics"
    with urllib.request.urlopen(url) as answer:
        text = answer.read().decode()
    line = next(
        line
        for line in text.splitlines()
        if line.startswith("v2v_requests_total")
        and 'signature="generate_frame"' in line
    )
    assert 'api="grpc"' in line and 'code="OK"' in line
    assert float(line.rsplit(" ", 1)[1]) >= 6
    assert "v2v_ready 1.0" in text


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/v1/models/other:predict", {"inputs": []}, 404, "models are vid2vid"),
        ("/v1/models/vid2vid/versions/9:predict", {"inputs": []}, 404, "versions of"),
        ("/v1/models/vid2vid/labels/x:predict", {"inputs": []}, 400, "label: x"),
        ("/v1/model/vid2vid", None, 404, "Malformed request"),
        (f"{MODEL}:classify", {"examples": []}, 404, ":classify is not served"),
        (f"{MODEL}:predict", [1], 400, 'either "instances"'),
        (f"{MODEL}:predict", {"inputs": 1, "instances": [1]}, 400, "either"),
        (f"{MODEL}:predict", {"instances": []}, 400, "one row or more"),
        (f"{MODEL}:predict", {"instances": [{"b64": "?"}]}, 400, "not base64"),
        (f"{MODEL}:predict", {"instances": [1.5]}, 400, "expected text or"),
        (
            f"{MODEL}:predict",
            {"signature_name": "x", "instances": [1]},
            400,
            'key "x" not found',
        ),
        (
            f"{MODEL}:predict",
            {"signature_name": "generate_frame", "inputs": {"conditions": [[[[9e9]]]]}},
            400,
            "missing but required",
        ),
    ],
)
def test_what_is_refused(fetch, path, body, status, message):
    found, answer = fetch(path, body)
    assert found == status
    assert message in answer["error"]


def test_values_that_do_not_fit_their_type(fetch):
    def send(conditions):
        inputs = {
            "conditions": conditions,
            "instances": [[[0]]],
            "frames": [[[[0, 0, 0]]]],
        }
        body = {"signature_name": "init_states_from_frames", "inputs": inputs}
        return fetch(f"{MODEL}:predict", body)[1]["error"]

    assert "uint8 takes 0 .. 255, got 300 .. 300" in send([[[[[300]]]]])
    assert "expected integers (uint8), got fractions" in send([[[[[0.5]]]]])
    assert "expected numbers (uint8)" in send([[[[["x"]]]]])
    assert "rows of different lengths" in send([[[[[1]], [[1], [2]]]]])


def test_a_body_that_is_no_json(fetch):
    assert fetch(f"{MODEL}:predict", raw=b"{")[0] == 400
    assert fetch(f"{MODEL}:predict", raw=b"\xff\xfe")[0] == 400
    assert fetch(f"{MODEL}:predict", raw=b"[" * 100_000)[0] == 400
