"""Answers TensorFlow Serving's REST API: `:predict`, status, metadata, and metrics.

https://www.tensorflow.org/tfx/serving/api_rest describes the formats: rows
(`instances`), columns (`inputs`), and bytes as `{"b64": "..."}`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from absl import logging
from google.protobuf import json_format
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    model_pb2,
    predict_pb2,
)
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request, Response

from serving import prediction, services
from serving.metrics import CONTENT_TYPE, ServerMetrics
from serving.model_manager import ModelManager
from serving.status import RequestError, invalid
from v2v_tf.compat import with_defaults

_PATH = re.compile(
    r"/v1/models/(?P<name>[^/:]+)"
    r"(?:/versions/(?P<version>\d{1,18})|/labels/(?P<label>[^/:]+))?"
    r"(?P<what>/metadata|:[a-z]+)?"
)
_BYTES = "_bytes"


class RestApp:
    """Answers the REST API, as a WSGI application.

    Args:
        manager: holds the models.
        metrics: counts the requests.
        metrics_path: path at which the counts are read; None for none.
        max_bytes: largest body of a request that is read.
    """

    def __init__(
        self,
        manager: ModelManager,
        metrics: ServerMetrics,
        metrics_path: str | None,
        max_bytes: int,
    ) -> None:
        self._manager = manager
        self._metrics = metrics
        self._metrics_path = metrics_path
        self._max_bytes = max_bytes

    def __call__(self, environ: dict, start_response: Callable) -> Any:
        """Answers a request; an error is answered by `{"error": "..."}`."""
        request = Request(environ)
        request.max_content_length = self._max_bytes
        try:
            response = self._answer(request)
        except RequestError as error:
            response = _json({"error": error.message}, error.http_status)
        except HTTPException as error:
            response = _json({"error": str(error.description)}, error.code or 400)
        except Exception:
            logging.exception("a request failed")
            response = _json({"error": "the server failed; see its log"}, 500)
        return response(environ, start_response)

    def _answer(self, request: Request) -> Response:
        if self._metrics_path is not None and request.path == self._metrics_path:
            return Response(self._metrics.text(), content_type=CONTENT_TYPE)
        match = _PATH.fullmatch(request.path)
        if match is None:
            raise RequestError(
                grpc.StatusCode.NOT_FOUND,
                f"Malformed request: {request.method} {request.path}: expected "
                "/v1/models/NAME[/versions/N | /labels/L][:predict | /metadata]",
            )
        spec, what = _spec(match), match["what"] or ""
        if what == ":predict" and request.method == "POST":
            return self._predict(spec, request)
        if what == "" and request.method == "GET":
            wanted = get_model_status_pb2.GetModelStatusRequest(model_spec=spec)
            return _message(services.status(self._manager, wanted))
        if what == "/metadata" and request.method == "GET":
            return self._metadata(spec)
        raise RequestError(
            grpc.StatusCode.NOT_FOUND,
            f"{request.method} {what or request.path} is not served here: POST "
            ":predict, GET the model or its /metadata",
        )

    def _predict(self, spec: model_pb2.ModelSpec, request: Request) -> Response:
        with self._metrics.request(spec.name, "", "rest"):
            body = _body(request)
            spec.signature_name = _text(body, "signature_name")
            model = self._manager.serving(spec).model
            _, signature = prediction.find_signature(model, spec.signature_name)
            by_rows = "instances" in body
            columns = _columns(body, signature)
            asked = predict_pb2.PredictRequest(model_spec=spec)
            prediction.check_inputs(columns, signature)
            for key, values in columns.items():
                array = _array(key, values, signature.inputs[key])
                asked.inputs[key].CopyFrom(tf.make_tensor_proto(array))
            answer = services.predict(self._manager, asked)
        outputs = {
            key: _plain(key, tf.make_ndarray(proto))
            for key, proto in answer.outputs.items()
        }
        if not by_rows:
            only = next(iter(outputs.values())) if len(outputs) == 1 else outputs
            return _json({"outputs": only})
        rows = zip(*outputs.values(), strict=True)
        named = [dict(zip(outputs, row, strict=True)) for row in rows]
        if len(outputs) == 1:
            named = [next(iter(row.values())) for row in named]
        return _json({"predictions": named})

    def _metadata(self, spec: model_pb2.ModelSpec) -> Response:
        wanted = get_model_metadata_pb2.GetModelMetadataRequest(
            model_spec=spec, metadata_field=[services.METADATA_FIELD]
        )
        found = services.metadata(self._manager, wanted)
        signatures = get_model_metadata_pb2.SignatureDefMap()
        found.metadata[services.METADATA_FIELD].Unpack(signatures)
        return _json(
            {
                "model_spec": _dict(found.model_spec),
                "metadata": {services.METADATA_FIELD: _dict(signatures)},
            }
        )


def _spec(match: re.Match) -> model_pb2.ModelSpec:
    spec = model_pb2.ModelSpec(name=match["name"])
    if match["version"]:
        spec.version.value = int(match["version"])
    elif match["label"]:
        spec.version_label = match["label"]
    return spec


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise invalid(f"JSON Parse error: {error}") from error
    if not isinstance(body, dict) or ("instances" in body) == ("inputs" in body):
        raise invalid(
            'expected a JSON object with either "instances" (rows) or "inputs" '
            "(columns)"
        )
    return body


def _text(body: dict[str, Any], key: str) -> str:
    value = body.get(key, "")
    if not isinstance(value, str):
        raise invalid(f"{key} must be a string")
    return value


def _columns(
    body: dict[str, Any], signature: meta_graph_pb2.SignatureDef
) -> dict[str, Any]:
    """Returns the values of each input, whichever way they came."""
    only = next(iter(signature.inputs)) if len(signature.inputs) == 1 else None
    if "inputs" in body:
        inputs = body["inputs"]
        named = isinstance(inputs, dict) and set(inputs) != {"b64"}
        if named:
            return inputs
        if only is None:
            raise invalid(
                f"inputs must be an object of {', '.join(sorted(signature.inputs))}"
            )
        return {only: inputs}
    rows = body["instances"]
    if not isinstance(rows, list) or not rows:
        raise invalid("instances must be a list of one row or more")
    objects = [isinstance(row, dict) and set(row) != {"b64"} for row in rows]
    if not all(objects):
        if any(objects) or only is None:
            raise invalid(
                f"every row must be an object of {', '.join(sorted(signature.inputs))}"
            )
        return {only: rows}
    if any(set(row) != set(rows[0]) for row in rows):
        raise invalid("every row must have the same keys")
    return {key: [row[key] for row in rows] for key in rows[0]}


def _array(name: str, values: Any, wanted: meta_graph_pb2.TensorInfo) -> np.ndarray:
    """Returns JSON values as an array of the type that the signature asks for."""
    dtype = tf.dtypes.as_dtype(wanted.dtype)
    if dtype == tf.string:
        return np.array(_decoded(name, values), dtype=object)
    try:
        array = np.array(values)
    except ValueError as error:
        raise invalid(f"{name}: rows of different lengths: {error}") from error
    if array.dtype.kind not in "biuf" and array.size:
        raise invalid(f"{name}: expected numbers ({dtype.name}), got other values")
    if dtype.is_integer and array.size:
        if array.dtype.kind == "f" and (array % 1 != 0).any():
            raise invalid(f"{name}: expected integers ({dtype.name}), got fractions")
        if array.min() < dtype.min or array.max() > dtype.max:
            raise invalid(
                f"{name}: {dtype.name} takes {dtype.min} .. {dtype.max}, got "
                f"{array.min()} .. {array.max()}"
            )
    return array.astype(dtype.as_numpy_dtype)


def _decoded(name: str, values: Any) -> Any:
    """Returns nested lists with bytes in the place of `{"b64": ...}` and of text."""
    if isinstance(values, list):
        return [_decoded(name, value) for value in values]
    if isinstance(values, str):
        return values.encode()
    if isinstance(values, dict) and isinstance(values.get("b64"), str):
        try:
            return base64.b64decode(values["b64"], validate=True)
        except (binascii.Error, ValueError) as error:
            raise invalid(f"{name}: not base64: {error}") from error
    raise invalid(f'{name}: expected text or {{"b64": "..."}}')


def _plain(name: str, array: np.ndarray) -> Any:
    """Returns an array as JSON holds it; bytes by name or where they are no text."""
    if array.dtype != object:
        return array.tolist()

    def of(value: bytes) -> Any:
        if not name.endswith(_BYTES):
            try:
                return value.decode()
            except UnicodeDecodeError:
                pass
        return {"b64": base64.b64encode(value).decode()}

    flat = [of(value) for value in array.ravel()]
    return np.array(flat, dtype=object).reshape(array.shape).tolist()


def _dict(message: Any) -> dict[str, Any]:
    return json_format.MessageToDict(
        message, preserving_proto_field_name=True, **with_defaults()
    )


def _message(message: Any) -> Response:
    return _json(_dict(message))


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")
