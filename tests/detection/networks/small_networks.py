"""Makes small networks: real ones, whose answers are known by arithmetic.

Each reads a picture and answers with what its channels say: logits of the classes
`red`, `green` and `blue` at half the size, or a depth.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

NAMES = ["red", "green", "blue"]
LICENCES = {"code": "MIT", "weights": "CC0-1.0", "training_data": "none"}


def describe(folder: Path, **values) -> Path:
    """Writes `network.json` with names and licences."""
    path = folder / "network.json"
    said = {"labels": NAMES, "licences": LICENCES, **values}
    path.write_text(json.dumps(said), encoding="utf-8")
    return path


def half(picture: tf.Tensor) -> tf.Tensor:
    """Every second pixel of every second row."""
    return tf.nn.avg_pool2d(picture, 2, 2, "SAME")


class Classes(tf.Module):
    """Answers with the three channels as logits."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = tf.Variable([1.0, 1.0, 1.0])


def saved_model(folder: Path, function, shape, dtype=tf.float32) -> Path:
    """Writes a SavedModel whose signature is a function of the picture."""
    module = Classes()
    spec = tf.TensorSpec(shape, dtype, name="picture")

    @tf.function(input_signature=[spec])
    def serve(picture):
        answer = function(picture)
        answer = answer if isinstance(answer, dict) else {"answer": answer}
        # A variable, so that there are weights on disk.
        used = {}
        for name, value in answer.items():
            gain = tf.cast(module.gain[0], value.dtype)
            used[name] = value * gain
        return used

    tf.saved_model.save(module, str(folder), signatures={"serving_default": serve})
    return folder


def tflite(path: Path, shape, dtype=tf.float32) -> Path:
    """Writes a TFLite file that answers with the channels at half the size."""
    spec = tf.TensorSpec(shape, dtype, name="picture")

    @tf.function(input_signature=[spec])
    def serve(picture):
        return half(tf.cast(picture, tf.float32))

    concrete = serve.get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete])
    path.write_bytes(converter.convert())
    return path


def onnx_file(path: Path, channels_first: bool, sides=("height", "width")) -> Path:
    """Writes an ONNX file that answers with the channels as logits.

    Pictures of channels last are turned, pooled and turned back.
    """
    import onnx
    from onnx import TensorProto, helper

    height, width = sides
    first, last = [1, 3, height, width], [1, height, width, 3]
    shape = first if channels_first else last
    given = helper.make_tensor_value_info("picture", TensorProto.FLOAT, shape)
    made = helper.make_tensor_value_info("logits", TensorProto.FLOAT, None)
    pool = {"kernel_shape": [2, 2], "strides": [2, 2]}
    if channels_first:
        nodes = [helper.make_node("AveragePool", ["picture"], ["logits"], **pool)]
    else:
        nodes = [
            helper.make_node("Transpose", ["picture"], ["a"], perm=[0, 3, 1, 2]),
            helper.make_node("AveragePool", ["a"], ["b"], **pool),
            helper.make_node("Transpose", ["b"], ["logits"], perm=[0, 2, 3, 1]),
        ]
    graph = helper.make_graph(nodes, "small", [given], [made])
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    onnx.save(model, str(path))
    return path


def stripes(size=(24, 40)) -> np.ndarray:
    """A frame: red on the left 16 columns, then green, the last 8 rows blue."""
    frame = np.zeros((*size, 3), np.uint8)
    frame[:, :16] = (250, 20, 10)
    frame[:, 16:] = (10, 240, 20)
    frame[-8:] = (20, 10, 230)
    return frame


def classes_of_stripes(size=(24, 40)) -> np.ndarray:
    """What the classes of `stripes` are, int32 [H, W]."""
    return stripes(size).argmax(axis=-1).astype(np.int32)
