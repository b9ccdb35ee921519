"""Holds one version of a model in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from serving.status import from_tensorflow
from v2v_tf.errors import InputError
from v2v_tf.export.versions import MODEL_FILE

SERVE = "serve"
DEFAULT_SIGNATURE = "serving_default"
_INIT_OP = "__saved_model_init_op"


class LoadedModel:
    """Runs the signatures of a SavedModel.

    Args:
        name: name of the model.
        version: number of the version.
        folder: folder of the version.

    Attributes:
        name: name of the model.
        version: number of the version.
        folder: folder of the version.
        signature_defs: inputs and outputs of its signatures, by name.

    Raises:
        InputError: the folder holds no SavedModel that can be loaded.
    """

    def __init__(self, name: str, version: int, folder: Path) -> None:
        self.name, self.version, self.folder = name, version, folder
        self.signature_defs = _signature_defs(folder)
        try:
            self._loaded = tf.saved_model.load(str(folder), tags=[SERVE])
        except Exception as error:  # Damaged files raise errors of any kind.
            raise InputError(
                f"{folder} cannot be loaded: {_first_line(error)}"
            ) from error

    def run(
        self,
        signature: str,
        inputs: Mapping[str, np.ndarray],
        outputs: Sequence[str] = (),
    ) -> dict[str, np.ndarray]:
        """Runs a signature.

        Args:
            signature: name of the signature, one of `signature_defs`.
            inputs: arrays by name, of the types and ranks that it asks for.
            outputs: names of the outputs to return; empty for all.

        Returns:
            The outputs by name.

        Raises:
            RequestError: the graph refuses the inputs, or fails.
        """
        tensors = {name: tf.constant(array) for name, array in inputs.items()}
        try:
            results = self._loaded.signatures[signature](**tensors)
        except tf.errors.OpError as error:
            raise from_tensorflow(error) from error
        return {name: results[name].numpy() for name in outputs or results}


def _signature_defs(folder: Path) -> dict[str, meta_graph_pb2.SignatureDef]:
    path = folder / MODEL_FILE
    try:
        saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    except (OSError, DecodeError) as error:
        raise InputError(f"{path} cannot be read: {_first_line(error)}") from error
    for graph in saved.meta_graphs:
        if SERVE in graph.meta_info_def.tags:
            return {k: v for k, v in graph.signature_def.items() if k != _INIT_OP}
    raise InputError(f"{path} holds no graph with the tag '{SERVE}'")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
