"""Checks a request for a prediction, runs it with a loaded model, and answers it."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from tensorflow.core.protobuf import meta_graph_pb2
from tensorflow_serving.apis import model_pb2, predict_pb2

from serving import tensors
from serving.batching import Run
from serving.model import DEFAULT_SIGNATURE, LoadedModel
from serving.status import RequestError, invalid

MAX_TENSOR_BYTES = 1 << 30


def run(
    model: LoadedModel, run_signature: Run, request: predict_pb2.PredictRequest
) -> predict_pb2.PredictResponse:
    """Answers a request with a given model.

    Args:
        model: model whose signatures the request is checked against.
        run_signature: runs a signature of that model, alone or in a batch.
        request: request whose `model_spec` names the signature.

    Returns:
        The outputs that the request asks for, and which model version made them.

    Raises:
        RequestError: the request is refused, with TensorFlow Serving's code.
    """
    name, signature = find_signature(model, request.model_spec.signature_name)
    check_inputs(request.inputs, signature)
    outputs = check_outputs(request.output_filter, signature)
    arrays = {
        key: tensors.to_array(key, proto, signature.inputs[key], MAX_TENSOR_BYTES)
        for key, proto in request.inputs.items()
    }
    results = run_signature(name, arrays, outputs)
    response = predict_pb2.PredictResponse(model_spec=answered_by(model, name))
    for key, array in results.items():
        response.outputs[key].CopyFrom(tensors.to_proto(array))
    return response


def find_signature(
    model: LoadedModel, name: str
) -> tuple[str, meta_graph_pb2.SignatureDef]:
    """Returns the name and definition of a signature.

    Args:
        model: model that has the signature.
        name: name of the signature; empty for `serving_default`.

    Raises:
        RequestError: the model has no such signature.
    """
    name = name or DEFAULT_SIGNATURE
    if name not in model.signature_defs:
        raise RequestError(
            grpc.StatusCode.FAILED_PRECONDITION,
            f'Serving signature key "{name}" not found: {model.name} has '
            f"{', '.join(sorted(model.signature_defs))}",
        )
    return name, model.signature_defs[name]


def check_inputs(
    given: dict[str, object], signature: meta_graph_pb2.SignatureDef
) -> None:
    """Raises RequestError unless the names are those of the signature."""
    missing = sorted(set(signature.inputs) - set(given))
    extra = sorted(set(given) - set(signature.inputs))
    if missing or extra:
        raise invalid(
            f"input size does not match signature: sent extra: {_listed(extra)}; "
            f"missing but required: {_listed(missing)}"
        )


def check_outputs(
    wanted: Sequence[str], signature: meta_graph_pb2.SignatureDef
) -> list[str]:
    """Returns the names of the outputs to compute.

    Args:
        wanted: names of outputs that a request asks for; empty for all.
        signature: signature that is run.

    Raises:
        RequestError: the signature has no such output, or a name comes twice.
    """
    for name in wanted:
        if name not in signature.outputs:
            raise invalid(
                f"output tensor alias not found in signature: {name}: outputs are "
                f"{_listed(sorted(signature.outputs))}"
            )
    if len(set(wanted)) < len(wanted):
        raise invalid(f"duplicate output tensor alias in {_listed(list(wanted))}")
    return list(wanted) or sorted(signature.outputs)


def answered_by(model: LoadedModel, signature: str = "") -> model_pb2.ModelSpec:
    """Returns the part of a response that names the model version that made it."""
    spec = model_pb2.ModelSpec(name=model.name, signature_name=signature)
    spec.version.value = model.version
    return spec


def _listed(names: Sequence[str]) -> str:
    return "{" + ", ".join(names) + "}"
