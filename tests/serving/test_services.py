"""Every call of TensorFlow Serving's API, through its stock stubs."""

from __future__ import annotations

import grpc
import numpy as np
import pytest
import tensorflow as tf
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tensorflow_serving.apis import (
    classification_pb2,
    get_model_metadata_pb2,
    get_model_status_pb2,
    inference_pb2,
    model_management_pb2,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
    regression_pb2,
)

Codes = grpc.StatusCode


@pytest.fixture
def stub(channel):
    return prediction_service_pb2_grpc.PredictionServiceStub(channel)


@pytest.fixture
def models(channel):
    return model_service_pb2_grpc.ModelServiceStub(channel)


def predict(signature: str, outputs=(), name: str = "vid2vid", **inputs):
    request = predict_pb2.PredictRequest(output_filter=outputs)
    request.model_spec.name = name
    request.model_spec.signature_name = signature
    for key, value in inputs.items():
        request.inputs[key].CopyFrom(tf.make_tensor_proto(value))
    return request


def first(clip) -> dict[str, np.ndarray]:
    return {k: clip[k][None, :2] for k in ("conditions", "instances", "frames")}


def refused(call, request) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as error:
        call(request, timeout=30)
    return error.value.code(), error.value.details()


def test_predict(stub, street_signatures, toy_clips):
    answer = stub.Predict(predict("init_states_from_frames", **first(toy_clips[0])))
    assert answer.model_spec.name == "vid2vid"
    assert answer.model_spec.version.value == 1
    assert answer.model_spec.signature_name == "init_states_from_frames"
    tensors = {k: tf.constant(v) for k, v in first(toy_clips[0]).items()}
    expected = street_signatures[0]["init_states_from_frames"](**tensors)
    assert set(answer.outputs) == set(expected)
    for name, tensor in expected.items():
        found = tf.make_ndarray(answer.outputs[name])
        np.testing.assert_allclose(found, tensor, rtol=0, atol=1e-6)


def test_an_output_filter_leaves_the_rest_out(stub, toy_clips):
    only = ("state_frames_0",)
    request = predict("init_states_from_frames", only, **first(toy_clips[0]))
    assert tuple(stub.Predict(request).outputs) == only


def test_the_default_signature_measures_clips(stub, toy_data):
    files = sorted(str(f) for f in toy_data.glob("*.tfrecord*"))
    records = [r.numpy() for r in tf.data.TFRecordDataset(files)][:2]
    answer = stub.Predict(predict("", examples=np.array(records, object)))
    assert answer.model_spec.signature_name == "serving_default"
    assert tf.make_ndarray(answer.outputs["psnr"]).shape == (2,)


def test_what_predict_refuses(stub, toy_clips):
    given = first(toy_clips[0])
    name = "init_states_from_frames"
    assert refused(stub.Predict, predict_pb2.PredictRequest())[0] == (
        Codes.INVALID_ARGUMENT
    )
    code, text = refused(stub.Predict, predict(name, name="other", **given))
    assert code == Codes.NOT_FOUND
    assert text == ("Servable not found for request: Latest(other): models are vid2vid")
    request = predict(name, **given)
    request.model_spec.version.value = 3
    code, text = refused(stub.Predict, request)
    assert (code, text) == (
        Codes.NOT_FOUND,
        "Servable not found for request: Specific(vid2vid, 3): versions of vid2vid "
        "are 1",
    )
    request.model_spec.version_label = "canary"
    code, text = refused(stub.Predict, request)
    assert code == Codes.INVALID_ARGUMENT and "version label: canary" in text
    code, text = refused(stub.Predict, predict("draw", **given))
    assert code == Codes.FAILED_PRECONDITION
    assert '"draw" not found' in text and "generate_frame" in text
    del given["frames"]
    code, text = refused(stub.Predict, predict(name, image=1, **given))
    assert code == Codes.INVALID_ARGUMENT
    assert "sent extra: {image}; missing but required: {frames}" in text
    code, text = refused(stub.Predict, predict(name, ("x",), **first(toy_clips[0])))
    assert code == Codes.INVALID_ARGUMENT and "alias not found" in text
    twice = ("state_frames_0",) * 2
    code, text = refused(stub.Predict, predict(name, twice, **first(toy_clips[0])))
    assert code == Codes.INVALID_ARGUMENT and "duplicate output" in text


def test_metadata(stub, street_signatures):
    request = get_model_metadata_pb2.GetModelMetadataRequest(
        metadata_field=["signature_def"]
    )
    request.model_spec.name = "vid2vid"
    answer = stub.GetModelMetadata(request)
    found = get_model_metadata_pb2.SignatureDefMap()
    answer.metadata["signature_def"].Unpack(found)
    assert set(found.signature_def) == set(street_signatures[0])
    clip = found.signature_def["generate_clip"].inputs["conditions"]
    assert [d.size for d in clip.tensor_shape.dim] == [-1, -1, -1, -1, 1]
    request.metadata_field[:] = ["weights"]
    code, text = refused(stub.GetModelMetadata, request)
    assert code == Codes.INVALID_ARGUMENT and "weights is not supported" in text
    del request.metadata_field[:]
    assert refused(stub.GetModelMetadata, request)[0] == Codes.INVALID_ARGUMENT


def test_status(models):
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "vid2vid"
    (status,) = models.GetModelStatus(request).model_version_status
    available = get_model_status_pb2.ModelVersionStatus.AVAILABLE
    assert (status.version, status.state) == (1, available)
    request.model_spec.version.value = 2
    code, text = refused(models.GetModelStatus, request)
    assert (code, text) == (
        Codes.NOT_FOUND,
        "Could not find version 2 of model vid2vid",
    )
    request.model_spec.name = "other"
    assert refused(models.GetModelStatus, request)[0] == Codes.NOT_FOUND


def test_what_such_models_cannot_do_is_refused_as_tensorflow_serving_does(stub):
    for call, request, method in (
        (stub.Classify, classification_pb2.ClassificationRequest(), "classify"),
        (stub.Regress, regression_pb2.RegressionRequest(), "regress"),
    ):
        request.model_spec.name = "vid2vid"
        code, text = refused(call, request)
        assert code == Codes.INVALID_ARGUMENT
        assert (
            f"to be tensorflow/serving/{method}. Was: tensorflow/serving/predict"
            in (text)
        )
    request = inference_pb2.MultiInferenceRequest()
    assert refused(stub.MultiInference, request)[0] == Codes.INVALID_ARGUMENT
    request.tasks.add().model_spec.name = "other"
    assert refused(stub.MultiInference, request)[0] == Codes.NOT_FOUND


def test_health(channel):
    health = health_pb2_grpc.HealthStub(channel)
    for name in ("", "tensorflow.serving.PredictionService"):
        answer = health.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


@pytest.mark.slow
def test_reload_serves_other_models(start_server, street_model, tmp_path):
    server = start_server({"vid2vid": street_model.parent})
    request = model_management_pb2.ReloadConfigRequest()
    listed = request.config.model_config_list

    def serve(name: str, path, **labels):
        entry = listed.config.add(name=name, base_path=str(path))
        entry.model_platform = "tensorflow"
        for label, version in labels.items():
            entry.version_labels[label] = version

    def status(name: str):
        asked = get_model_status_pb2.GetModelStatusRequest()
        asked.model_spec.name = name
        return models.GetModelStatus(asked).model_version_status

    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        models = model_service_pb2_grpc.ModelServiceStub(channel)
        # What cannot be had changes nothing.
        serve("street", street_model.parent, stable=2)
        code, text = refused(models.HandleReloadConfigRequest, request)
        assert code == Codes.FAILED_PRECONDITION and "label stable to version 2" in text
        assert status("vid2vid")[0].version == 1
        del listed.config[:]
        serve("street", tmp_path)
        code, text = refused(models.HandleReloadConfigRequest, request)
        assert code == Codes.UNKNOWN and "no version of street" in text
        del listed.config[:]
        serve("street", tmp_path / "missing")
        code, text = refused(models.HandleReloadConfigRequest, request)
        assert code == Codes.INVALID_ARGUMENT and "is no folder" in text
        del listed.config[:]
        empty = model_management_pb2.ReloadConfigRequest()
        code, text = refused(models.HandleReloadConfigRequest, empty)
        assert code == Codes.INVALID_ARGUMENT and "model_config_list" in text

        serve("street", street_model.parent, stable=1)
        models.HandleReloadConfigRequest(request)
        assert status("street")[0].version == 1
        with pytest.raises(grpc.RpcError):
            status("vid2vid")
        stub = prediction_service_pb2_grpc.PredictionServiceStub(channel)
        asked = get_model_metadata_pb2.GetModelMetadataRequest(
            metadata_field=["signature_def"]
        )
        asked.model_spec.name = "street"
        asked.model_spec.version_label = "stable"
        assert stub.GetModelMetadata(asked).model_spec.version.value == 1
