"""Runs a network of a folder that the package transformers reads (extra `networks`).

The weights must be safetensors, which hold numbers alone; code that comes with a
network is never run. Architectures that have a TensorFlow class run by it, others by
PyTorch where that is installed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np

from v2v_tf.detection.networks.hub import read_json
from v2v_tf.detection.networks.picture_network import PictureNetwork
from v2v_tf.errors import InputError
from v2v_tf.extras import needed

Kind = Literal["labels", "depth"]
_KERAS = "TF_USE_LEGACY_KERAS"
_ANSWERS = {"labels": "logits", "depth": "predicted_depth"}


class TransformersNetwork(PictureNetwork):
    """Runs a network of transformers.

    Args:
        folder: holds `config.json` and `*.safetensors`.
        kind: whether it tells classes apart, or depths.

    Raises:
        InputError: no weights as safetensors, or an architecture that does not run.
        MissingExtraError: transformers is not installed.
    """

    channels_first = True

    def __init__(self, folder: Path, kind: Kind) -> None:
        with needed("networks"):
            import transformers
        if not list(folder.glob("*.safetensors")):
            raise InputError(
                f"{folder}: it holds no *.safetensors, and weights of other kinds are "
                "not read: name a commit that has them, or export the network to ONNX"
            )
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        model_type = str(read_json(folder / "config.json").get("model_type"))
        self._answer = _ANSWERS[kind]
        try:
            with _kept_environment():
                self._call = _load(transformers, folder, kind, model_type)
        except InputError:
            raise
        except Exception as error:  # of transformers, and of what it reads files with
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise InputError(
                f"{folder}: transformers cannot load it: {reason}"
            ) from error

    def run(self, pictures: np.ndarray) -> np.ndarray:
        """See base class."""
        return self._call(pictures.astype(np.float32), self._answer)


@contextlib.contextmanager
def _kept_environment() -> Iterator[None]:
    """Takes back what transformers sets for Keras 3, and this TensorFlow has not.

    With it, processes that are started later could not import Keras.
    """
    before = os.environ.get(_KERAS)
    try:
        yield
    finally:
        os.environ.pop(_KERAS, None)
        if before is not None:
            os.environ[_KERAS] = before


def _load(transformers: Any, folder: Path, kind: Kind, model_type: str) -> Any:
    from transformers.models.auto import modeling_tf_auto

    safe = {"use_safetensors": True, "trust_remote_code": False}
    local = {"local_files_only": True, **safe}
    types = modeling_tf_auto.TF_MODEL_FOR_SEMANTIC_SEGMENTATION_MAPPING_NAMES
    if kind == "labels" and model_type in types:
        return _by_tensorflow(
            transformers.TFAutoModelForSemanticSegmentation.from_pretrained(
                str(folder), **local
            )
        )
    if importlib.util.find_spec("torch") is None:
        raise InputError(
            f"{folder}: networks of type {model_type} run by PyTorch alone: pip "
            "install torch, or export the network to ONNX"
        )
    auto = (
        transformers.AutoModelForSemanticSegmentation
        if kind == "labels"
        else transformers.AutoModelForDepthEstimation
    )
    return _by_torch(auto.from_pretrained(str(folder), **local))


def _by_tensorflow(model: Any) -> Any:
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def compute(pictures: tf.Tensor) -> tf.Tensor:
        return model(pixel_values=pictures, training=False).logits

    return lambda pictures, _: compute(tf.constant(pictures)).numpy()


def _by_torch(model: Any) -> Any:
    import torch

    model.eval()

    def compute(pictures: np.ndarray, answer: str) -> np.ndarray:
        with torch.no_grad():
            return getattr(model(torch.from_numpy(pictures)), answer).numpy()

    return compute
