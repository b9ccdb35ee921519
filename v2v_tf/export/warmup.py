"""Writes warm-up requests, which a server replays before it serves a version.

They are of TensorFlow Serving's own kind: `PredictionLog` records in `assets.extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from v2v_tf.export.serving_module import ServingModule
from v2v_tf.extras import needed

with needed("export"):
    from tensorflow_serving.apis import model_pb2, predict_pb2, prediction_log_pb2

_CLIP_FRAMES = 2


def write(
    path: Path,
    module: ServingModule,
    traced: Mapping[str, Any],
    size: tuple[int, int],
    model_name: str = "vid2vid",
) -> None:
    """Writes a request for each signature that a stream calls.

    Args:
        path: file to write.
        module: module that was exported, which knows the shapes of conditions.
        traced: concrete functions by name of signature.
        size: (height, width) of the frames.
        model_name: name of the model in the requests.
    """
    with tf.io.TFRecordWriter(str(path)) as writer:
        for name, inputs in requests(module, traced, size).items():
            request = predict_pb2.PredictRequest(
                model_spec=model_pb2.ModelSpec(name=model_name, signature_name=name),
                inputs={k: tf.make_tensor_proto(v) for k, v in inputs.items()},
            )
            log = prediction_log_pb2.PredictionLog(
                predict_log=prediction_log_pb2.PredictLog(request=request)
            )
            writer.write(log.SerializeToString())


def requests(
    module: ServingModule, traced: Mapping[str, Any], size: tuple[int, int]
) -> dict[str, dict[str, tf.Tensor]]:
    """Returns the inputs of each request: black conditions, of one video."""
    history, planes = module.state_format.history, module.state_format.num_planes
    dtype = module.state_format.plane_dtype

    def conditions(*time: int) -> dict[str, tf.Tensor]:
        inputs = {"conditions": tf.zeros([1, *time, *size, planes], dtype)}
        if module.state_format.uses_instances:
            inputs["instances"] = tf.zeros([1, *time, *size], tf.int32)
        return inputs

    made: dict[str, dict[str, tf.Tensor]] = {}
    states: Mapping[str, tf.Tensor] = {}
    for name in ("init_states", "init_states_from_frames"):
        if name in traced:
            made[name] = conditions(history)
            if module.styles is not None:
                made[name]["styles"] = tf.zeros([1, *module.styles.shape])
            if name.endswith("frames"):
                made[name]["frames"] = tf.zeros([1, history, *size, 3], tf.uint8)
            states = traced[name](**made[name])
    made["generate_frame"] = {**conditions(), **states}
    made["generate_clip"] = {**conditions(_CLIP_FRAMES), **states}
    return made
