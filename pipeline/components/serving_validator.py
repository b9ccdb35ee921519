"""ServingValidator: a model is loaded by a server and answers, before it is pushed.

As TFX's InfraValidator, which needs Docker or Kubernetes, with the embedded server in a
process of its own; it gives the same InfraBlessing.
"""

from __future__ import annotations

import itertools
import math
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import tensorflow as tf
from absl import logging
from tfx import types
from tfx.dsl.components.base import base_component, base_executor, executor_spec
from tfx.types import artifact_utils, component_spec, standard_artifacts
from tfx.types.component_spec import ChannelParameter, ExecutionParameter
from tfx.utils import path_utils

from pipeline.configs import MODEL_NAME
from pipeline.server_process import ServerProcess
from serving.client import Vid2VidClient
from v2v_tf.errors import InputError

_SIGNATURE = "evaluate"
_SPLIT = "eval"


class Executor(base_executor.BaseExecutor):
    """Starts a server and asks it."""

    def Do(  # noqa: N802
        self,
        input_dict: dict[str, list[types.Artifact]],
        output_dict: dict[str, list[types.Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Blesses the model if it answers clips with finite numbers."""
        self._log_startup(input_dict, output_dict, exec_properties)
        model = artifact_utils.get_single_instance(input_dict["model"])
        examples = artifact_utils.get_single_instance(input_dict["examples"])
        blessing = artifact_utils.get_single_instance(output_dict["blessing"])
        records = Path(artifact_utils.get_split_uri([examples], _SPLIT))
        try:
            validate(
                Path(path_utils.serving_model_path(model.uri)),
                _first(records, exec_properties["num_examples"]),
                exec_properties["seconds"],
            )
        except InputError as error:
            logging.error("the model does not serve: %s", error)
            _mark(blessing, False, str(error))
        else:
            _mark(blessing, True, "")


class _Spec(component_spec.ComponentSpec):
    PARAMETERS = {
        "num_examples": ExecutionParameter(type=int),
        "seconds": ExecutionParameter(type=int),
    }
    INPUTS = {
        "model": ChannelParameter(type=standard_artifacts.Model),
        "examples": ChannelParameter(type=standard_artifacts.Examples),
    }
    OUTPUTS = {"blessing": ChannelParameter(type=standard_artifacts.InfraBlessing)}


class ServingValidator(base_component.BaseComponent):
    """Proves that a model serves.

    Args:
        model: of the Trainer.
        examples: clips to ask it about.
        num_examples: how many.
        seconds: that loading may take, and as long again the answers.
    """

    SPEC_CLASS = _Spec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        model: types.BaseChannel,
        examples: types.BaseChannel,
        num_examples: int = 1,
        seconds: int = 300,
    ) -> None:
        super().__init__(
            _Spec(
                model=model,
                examples=examples,
                num_examples=num_examples,
                seconds=seconds,
                blessing=types.Channel(type=standard_artifacts.InfraBlessing),
            )
        )


def validate(model: Path, records: list[bytes], seconds: float) -> None:
    """Raises InputError unless a server loads a model and answers.

    Args:
        model: a SavedModel.
        records: serialized clips.
        seconds: that loading may take, and as long again the answers.
    """
    with tempfile.TemporaryDirectory() as name:
        # A copy, so that whatever a server does leaves the artifact as it is.
        base = Path(name) / MODEL_NAME
        shutil.copytree(model, base / "1")
        command = [sys.executable, "-m", "serving.server"]
        with ServerProcess(command, MODEL_NAME, base, seconds) as server:
            _ask(server.address, records, seconds)


def _ask(address: str, records: list[bytes], seconds: float) -> None:
    with Vid2VidClient(address, timeout=seconds) as client:
        try:
            outputs = client.predict(_SIGNATURE, {"examples": np.array(records)})
        except grpc.RpcError as error:
            raise InputError(f"{error.code().name}: {error.details()}") from error
    for metric, values in outputs.items():
        if len(values) != len(records) or not all(map(math.isfinite, values)):
            raise InputError(
                f"{_SIGNATURE}: expected {len(records)} finite values of {metric}, got "
                f"{values.tolist()}"
            )


def _first(folder: Path, number: int) -> list[bytes]:
    files = sorted(str(path) for path in folder.iterdir())
    records = tf.data.TFRecordDataset(files).as_numpy_iterator()
    return list(itertools.islice(records, number))


def _mark(blessing: types.Artifact, blessed: bool, reason: str) -> None:
    """Blesses as InfraValidator does."""
    folder = Path(blessing.uri)
    folder.mkdir(parents=True, exist_ok=True)
    name = "INFRA_BLESSED" if blessed else "INFRA_NOT_BLESSED"
    (folder / name).write_text(reason, encoding="utf-8")
    blessing.set_int_custom_property("blessed", int(blessed))
    if reason:
        blessing.set_string_custom_property("reason", reason[:1000])
