"""Calls of a client: the request that is sent, and how its answer is read.

Shared by the client and its async twin, which differ in how they wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    predict_pb2,
)

from serving import protocol
from serving.protocol import Interface, Target

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """Describes one request to a server.

    Attributes:
        method: name of the method of TensorFlow Serving's gRPC services.
        request: message to send.
        read: turns the response into what the caller asked for.
    """

    method: str
    request: Any
    read: Callable[[Any], Answer]


def interface(target: Target) -> Call[Interface]:
    """Returns the call for what a model's signatures ask for."""
    request = get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec=target.spec(), metadata_field=["signature_def"]
    )
    return Call("GetModelMetadata", request, Interface.of)


def status(target: Target) -> Call[dict[int, str]]:
    """Returns the call for the state of every version of a model."""
    request = get_model_status_pb2.GetModelStatusRequest(model_spec=target.spec())
    states = get_model_status_pb2.ModelVersionStatus.State

    def read(response: Any) -> dict[int, str]:
        found = response.model_version_status
        return {status.version: states.Name(status.state) for status in found}

    return Call("GetModelStatus", request, read)


def predict(
    target: Target, signature: str, inputs: Mapping[str, np.ndarray]
) -> Call[dict[str, np.ndarray]]:
    """Returns the call that runs any signature and reads all of its outputs."""

    def read(response: predict_pb2.PredictResponse) -> dict[str, np.ndarray]:
        return {k: tf.make_ndarray(proto) for k, proto in response.outputs.items()}

    return Call("Predict", protocol.request(target, signature, inputs), read)


def sample_styles(target: Target, seed: int, component: int) -> Call[np.ndarray]:
    """Returns the call for styles as the training clips have them.

    Args:
        target: model with styles.
        seed: seed of the draw.
        component: component of every class's mixture; -1 to draw one.
    """
    inputs: dict[str, np.ndarray] = {
        "seed": np.array([seed], np.int64),
        "component": np.array([component], np.int32),
    }
    request = protocol.request(target, "sample_styles", inputs)
    return Call("Predict", request, _read_styles)


def styles_from_frames(
    target: Target,
    conditions: np.ndarray,
    frames: np.ndarray,
    instances: np.ndarray | None,
) -> Call[np.ndarray]:
    """Returns the call for the styles that frames show.

    Args:
        target: model with styles.
        conditions: uint8, or uint16 as the model asks, [N, H, W, P].
        frames: uint8 [N, H, W, 3].
        instances: integers [N, H, W], where the model uses them.
    """
    inputs = {"conditions": conditions[None], "frames": frames[None]}
    if instances is not None:
        inputs["instances"] = instances[None]
    request = protocol.request(target, "styles_from_frames", inputs)
    return Call("Predict", request, _read_styles)


def _read_styles(response: predict_pb2.PredictResponse) -> np.ndarray:
    """Returns the styles of an answer, float32 [L, K, F]."""
    return tf.make_ndarray(response.outputs["styles"])[0]
