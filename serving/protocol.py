"""What clients and servers say to each other: requests, and what a model asks for."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import grpc
import numpy as np
import tensorflow as tf
from tensorflow.core.framework import tensor_pb2
from tensorflow_serving.apis import (
    get_model_metadata_pb2,
    model_pb2,
    predict_pb2,
)

from v2v_tf.errors import InputError

Protos = Mapping[str, tensor_pb2.TensorProto]
# What is safe to send again: every request carries all that its answer depends on.
_RETRIED = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED)


@dataclass(frozen=True)
class Target:
    """Which model a client talks to.

    Attributes:
        model_name: its name.
        version: its number; None for the newest.
        label: of a version, in the place of a number.
    """

    model_name: str = "vid2vid"
    version: int | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        if self.version is not None and self.label is not None:
            raise InputError("name a version or a label, not both")

    def spec(self, signature: str = "") -> model_pb2.ModelSpec:
        """Returns the model of a request."""
        spec = model_pb2.ModelSpec(name=self.model_name, signature_name=signature)
        if self.version is not None:
            spec.version.value = self.version
        elif self.label is not None:
            spec.version_label = self.label
        return spec


@dataclass(frozen=True)
class Retries:
    """When a request that failed is sent again.

    Only where the server was not there or had no room: UNAVAILABLE and
    RESOURCE_EXHAUSTED.

    Attributes:
        attempts: in all.
        first_wait: seconds before the second.
        factor: by which waits grow.
        longest_wait: seconds.
    """

    attempts: int = 5
    first_wait: float = 0.1
    factor: float = 2.0
    longest_wait: float = 5.0

    def wait(self, attempt: int, error: grpc.RpcError) -> float | None:
        """Returns the seconds before the next attempt, None to give up.

        Args:
            attempt: that failed, from 1.
            error: why.
        """
        if attempt >= self.attempts or error.code() not in _RETRIED:
            return None
        # A message that is too large stays so.
        if "message larger than max" in (error.details() or "").lower():
            return None
        longest = min(self.longest_wait, self.first_wait * self.factor ** (attempt - 1))
        return longest * random.uniform(0.5, 1.0)


@dataclass
class Interface:
    """What a model's signatures ask of a client.

    Attributes:
        history: conditions before the first generated frame.
        num_planes: P of a condition.
        uses_instances: whether instance maps go with conditions.
        takes_frames: whether a video can begin with frames of the caller.
        begins_alone: whether it can begin without.
        has_styles: whether a video is told what things look like.
    """

    history: int
    num_planes: int
    uses_instances: bool
    takes_frames: bool
    begins_alone: bool
    has_styles: bool = False

    @classmethod
    def of(cls, response: get_model_metadata_pb2.GetModelMetadataResponse) -> Interface:
        """Returns that of an answer to GetModelMetadata.

        Raises:
            InputError: the model is none of `v2v-tf export`.
        """
        found = get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(found)
        signatures = found.signature_def
        starts = [s for s in signatures if s.startswith("init_states")]
        if not starts or "generate_frame" not in signatures:
            raise InputError(
                f"{response.model_spec.name} is no model of v2v-tf export: expected "
                "the signatures init_states* and generate_frame, got "
                f"{', '.join(sorted(signatures))}"
            )
        window = signatures[starts[0]].inputs["conditions"].tensor_shape.dim
        return cls(
            history=window[1].size,
            num_planes=window[4].size,
            uses_instances="instances" in signatures["generate_frame"].inputs,
            takes_frames="init_states_from_frames" in signatures,
            begins_alone="init_states" in signatures,
            has_styles="sample_styles" in signatures,
        )


def metadata_request(
    target: Target,
) -> get_model_metadata_pb2.GetModelMetadataRequest:
    """Returns the request for a model's signatures."""
    return get_model_metadata_pb2.GetModelMetadataRequest(
        model_spec=target.spec(), metadata_field=["signature_def"]
    )


def request(
    target: Target,
    signature: str,
    inputs: Mapping[str, np.ndarray],
    states: Protos | None = None,
    outputs: tuple[str, ...] = (),
) -> predict_pb2.PredictRequest:
    """Returns a request for a signature.

    Args:
        target: the model.
        signature: its name.
        inputs: arrays by name; `instances` of any integer type.
        states: as they came; None for none.
        outputs: names of those to return; none for all.
    """
    made = predict_pb2.PredictRequest(
        model_spec=target.spec(signature), output_filter=outputs
    )
    for name, array in inputs.items():
        if name == "instances":
            array = array.astype(np.int32)
        made.inputs[name].CopyFrom(tf.make_tensor_proto(array))
    for name, proto in (states or {}).items():
        made.inputs[name].CopyFrom(proto)
    return made


def sample_request(
    target: Target, seed: int, component: int
) -> predict_pb2.PredictRequest:
    """Returns the request for styles as the training clips have them.

    Args:
        target: a model with styles.
        seed: of the draw.
        component: of every class's mixture; -1 to draw.
    """
    inputs: dict[str, np.ndarray] = {
        "seed": np.array([seed], np.int64),
        "component": np.array([component], np.int32),
    }
    return request(target, "sample_styles", inputs)


def shown_request(
    target: Target,
    conditions: np.ndarray,
    frames: np.ndarray,
    instances: np.ndarray | None,
) -> predict_pb2.PredictRequest:
    """Returns the request for the styles that frames show.

    Args:
        target: a model with styles.
        conditions: uint8 [N, H, W, P].
        frames: uint8 [N, H, W, 3].
        instances: integers [N, H, W], where the model uses them.
    """
    inputs = {"conditions": conditions[None], "frames": frames[None]}
    if instances is not None:
        inputs["instances"] = instances[None]
    return request(target, "styles_from_frames", inputs)


def styles_of(response: predict_pb2.PredictResponse) -> np.ndarray:
    """Returns the styles of an answer, float32 [L, K, F]."""
    return tf.make_ndarray(response.outputs["styles"])[0]
