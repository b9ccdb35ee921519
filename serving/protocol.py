"""Requests to a served model, and what its signatures ask of a client."""

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


_UINT8 = np.dtype(np.uint8)


@dataclass(frozen=True)
class Target:
    """Names the model that a client asks for.

    Attributes:
        model_name: name under which the server serves it.
        version: number of a version; None for the newest.
        label: label of a version, such as `stable`, in place of its number.

    Raises:
        InputError: both a version and a label are named.

    Example:
        ```python
        >>> Target(label="canary").spec("generate_frame").version_label
        'canary'
        ```
    """

    model_name: str = "vid2vid"
    version: int | None = None
    label: str | None = None

    def __post_init__(self) -> None:
        if self.version is not None and self.label is not None:
            raise InputError("name a version or a label, not both")

    def spec(self, signature: str = "") -> model_pb2.ModelSpec:
        """Returns the part of a request that names the model and a signature."""
        spec = model_pb2.ModelSpec(name=self.model_name, signature_name=signature)
        if self.version is not None:
            spec.version.value = self.version
        elif self.label is not None:
            spec.version_label = self.label
        return spec


@dataclass(frozen=True)
class Retries:
    """Says when a request that failed is sent again.

    Only where the server could not be reached or had no room: UNAVAILABLE and
    RESOURCE_EXHAUSTED. Each wait is shortened by chance, by up to half, so that clients
    do not return all at once.

    Attributes:
        attempts: number of attempts in all, the first one included.
        first_wait: seconds before the second attempt.
        factor: factor by which each wait is longer than the one before.
        longest_wait: upper bound of a wait, seconds.

    Example:
        ```python
        >>> Retries(attempts=3, first_wait=0.5)
        Retries(attempts=3, first_wait=0.5, factor=2.0, longest_wait=5.0)
        ```
    """

    attempts: int = 5
    first_wait: float = 0.1
    factor: float = 2.0
    longest_wait: float = 5.0

    def wait(self, attempt: int, error: grpc.RpcError) -> float | None:
        """Returns the seconds before the next attempt; None to give up.

        Args:
            attempt: number of the attempt that failed, from 1.
            error: error that it ended with.
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
    """Says what a model's signatures ask of a client.

    Attributes:
        history: number of past frames, n - 1: conditions that come before the first
            generated frame.
        num_planes: number of planes of a condition, P.
        uses_instances: whether instance maps go with conditions.
        takes_frames: whether a video can begin with frames of the caller.
        begins_alone: whether a video can begin without frames of the caller.
        has_styles: whether a video is given styles.
        plane_dtype: type of planes, uint8 or uint16.
    """

    history: int
    num_planes: int
    uses_instances: bool
    takes_frames: bool
    begins_alone: bool
    has_styles: bool = False
    plane_dtype: np.dtype = _UINT8

    @classmethod
    def of(cls, response: get_model_metadata_pb2.GetModelMetadataResponse) -> Interface:
        """Returns the interface that an answer to GetModelMetadata describes.

        Raises:
            InputError: the model was not exported by `v2v-tf export`.
        """
        found = get_model_metadata_pb2.SignatureDefMap()
        response.metadata["signature_def"].Unpack(found)
        signatures = found.signature_def
        starts = [s for s in signatures if s.startswith("init_states")]
        if not starts or "generate_frame" not in signatures:
            raise InputError(
                f"{response.model_spec.name} was not exported by v2v-tf export: "
                "expected the signatures init_states* and generate_frame, got "
                f"{', '.join(sorted(signatures))}"
            )
        conditions = signatures[starts[0]].inputs["conditions"]
        window = conditions.tensor_shape.dim
        return cls(
            history=window[1].size,
            num_planes=window[4].size,
            uses_instances="instances" in signatures["generate_frame"].inputs,
            takes_frames="init_states_from_frames" in signatures,
            begins_alone="init_states" in signatures,
            has_styles="sample_styles" in signatures,
            plane_dtype=np.dtype(tf.as_dtype(conditions.dtype).as_numpy_dtype),
        )


def request(
    target: Target,
    signature: str,
    inputs: Mapping[str, np.ndarray],
    states: Protos | None = None,
    outputs: tuple[str, ...] = (),
) -> predict_pb2.PredictRequest:
    """Returns a request that runs a signature.

    Args:
        target: model to ask.
        signature: name of the signature.
        inputs: arrays by name; `instances` of any integer type.
        states: states as they came in the last answer; None for none.
        outputs: names of the outputs to return; empty for all.
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
