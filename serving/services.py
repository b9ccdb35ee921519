"""Answers TensorFlow Serving's gRPC services with the models of a manager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from absl import logging
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

from serving import model_config, prediction
from serving.metrics import ServerMetrics
from serving.model_manager import ModelManager
from serving.status import RequestError, invalid
from v2v_tf.errors import InputError

METADATA_FIELD = "signature_def"
_MAX_MESSAGE = 2000  # gRPC refuses to carry much more, and then the code is lost too


class PredictionService(prediction_service_pb2_grpc.PredictionServiceServicer):
    """Answers Predict and GetModelMetadata, and refuses the service's other methods.

    Those need signatures that take tf.Examples of features.

    Args:
        manager: holds the models.
        metrics: counts the requests.
    """

    def __init__(self, manager: ModelManager, metrics: ServerMetrics) -> None:
        self._manager = manager
        self._metrics = metrics

    def Predict(  # noqa: N802
        self, request: predict_pb2.PredictRequest, context: grpc.ServicerContext
    ) -> predict_pb2.PredictResponse:
        """Runs a signature."""
        if context.time_remaining() is not None and context.time_remaining() <= 0:
            context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "the deadline has passed")

        def answer() -> predict_pb2.PredictResponse:
            spec = request.model_spec
            with self._metrics.request(spec.name, spec.signature_name, "grpc"):
                return predict(self._manager, request)

        return _answer(context, answer)

    def GetModelMetadata(  # noqa: N802
        self,
        request: get_model_metadata_pb2.GetModelMetadataRequest,
        context: grpc.ServicerContext,
    ) -> get_model_metadata_pb2.GetModelMetadataResponse:
        """Returns the signatures of a model."""
        return _answer(context, lambda: metadata(self._manager, request))

    def Classify(  # noqa: N802
        self,
        request: classification_pb2.ClassificationRequest,
        context: grpc.ServicerContext,
    ) -> None:
        """Refuses the call, as TensorFlow Serving does for such models."""
        _answer(context, lambda: self._refuse(request.model_spec, "classify"))

    def Regress(  # noqa: N802
        self,
        request: regression_pb2.RegressionRequest,
        context: grpc.ServicerContext,
    ) -> None:
        """Refuses the call, as TensorFlow Serving does for such models."""
        _answer(context, lambda: self._refuse(request.model_spec, "regress"))

    def MultiInference(  # noqa: N802
        self,
        request: inference_pb2.MultiInferenceRequest,
        context: grpc.ServicerContext,
    ) -> None:
        """Refuses the call, as TensorFlow Serving does for such models."""
        if not request.tasks:
            _answer(context, _no_tasks)
        _answer(context, lambda: self._refuse(request.tasks[0].model_spec, "classify"))

    def _refuse(self, spec: model_pb2.ModelSpec, method: str) -> NoReturn:
        model = self._manager.serving(spec).model
        prediction.find_signature(model, spec.signature_name)
        raise invalid(
            f"Expected {method} signature method_name to be tensorflow/serving/"
            f"{method}. Was: tensorflow/serving/predict: call Predict"
        )


class ModelService(model_service_pb2_grpc.ModelServiceServicer):
    """Answers GetModelStatus and HandleReloadConfigRequest.

    Args:
        manager: holds the models.
    """

    def __init__(self, manager: ModelManager) -> None:
        self._manager = manager

    def GetModelStatus(  # noqa: N802
        self,
        request: get_model_status_pb2.GetModelStatusRequest,
        context: grpc.ServicerContext,
    ) -> get_model_status_pb2.GetModelStatusResponse:
        """Returns the states of a model's versions."""
        return _answer(context, lambda: status(self._manager, request))

    def HandleReloadConfigRequest(  # noqa: N802
        self,
        request: model_management_pb2.ReloadConfigRequest,
        context: grpc.ServicerContext,
    ) -> model_management_pb2.ReloadConfigResponse:
        """Serves the models of another configuration; all of them, or none."""

        def answer() -> model_management_pb2.ReloadConfigResponse:
            try:
                self._manager.reload(model_config.from_proto(request.config))
            except InputError as error:
                raise invalid(str(error)) from error
            return model_management_pb2.ReloadConfigResponse()

        return _answer(context, answer)


def predict(
    manager: ModelManager, request: predict_pb2.PredictRequest
) -> predict_pb2.PredictResponse:
    """Answers Predict with the model version that the request names.

    Raises:
        RequestError: there is no such model, or the request is refused.
    """
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec: name the model")
    served = manager.serving(request.model_spec)
    return prediction.run(served.model, served.run, request)


def metadata(
    manager: ModelManager, request: get_model_metadata_pb2.GetModelMetadataRequest
) -> get_model_metadata_pb2.GetModelMetadataResponse:
    """Answers GetModelMetadata.

    Raises:
        RequestError: a field other than `signature_def` is asked for, or there is no
            such model.
    """
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec: name the model")
    if not request.metadata_field:
        raise invalid(
            "GetModelMetadataRequest must specify at least one metadata_field"
        )
    for field in request.metadata_field:
        if field != METADATA_FIELD:
            raise invalid(
                f"Metadata field {field} is not supported: ask for {METADATA_FIELD}"
            )
    model = manager.serving(request.model_spec).model
    found = get_model_metadata_pb2.SignatureDefMap()
    for name, signature in model.signature_defs.items():
        found.signature_def[name].CopyFrom(signature)
    response = get_model_metadata_pb2.GetModelMetadataResponse(
        model_spec=prediction.answered_by(model)
    )
    response.metadata[METADATA_FIELD].Pack(found)
    return response


def status(
    manager: ModelManager, request: get_model_status_pb2.GetModelStatusRequest
) -> get_model_status_pb2.GetModelStatusResponse:
    """Answers GetModelStatus.

    Raises:
        RequestError: there is no such model or version.
    """
    if not request.HasField("model_spec"):
        raise invalid("Missing ModelSpec: name the model")
    response = get_model_status_pb2.GetModelStatusResponse()
    for version, found in sorted(manager.statuses(request.model_spec).items()):
        entry = response.model_version_status.add(version=version, state=found.state)
        entry.status.SetInParent()  # OK where nothing else is said.
        if found.error:
            entry.status.error_code = grpc.StatusCode.UNKNOWN.value[0]
            entry.status.error_message = found.error
    return response


def _no_tasks() -> NoReturn:
    raise invalid("Inference request must contain at least one task")


def _answer(context: grpc.ServicerContext, answer: Callable[[], Any]) -> Any:
    """Returns an answer, or ends the call with the code of its refusal."""
    try:
        return answer()
    except RequestError as error:
        code, message = error.code, error.message
    except Exception:
        logging.exception("a request failed")
        code, message = grpc.StatusCode.INTERNAL, "the server failed; see its log"
    context.abort(code, message[:_MAX_MESSAGE])
