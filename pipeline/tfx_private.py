"""Wraps what the pipeline needs of TFX beside its public interface, `tfx.v1`.

TFX promises nothing about these names between releases. Each says what would replace
it; nothing else in this package imports from TFX outside `tfx.v1`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from tfx import v1 as tfx

# A component that reads files itself, and whose driver looks for changed files.
# Replaced by a driver and a base class of example generators in `tfx.v1`.
from tfx.components import FileBasedExampleGen as FileBasedExampleGen
from tfx.components.pusher.executor import Executor as PusherExecutor
from tfx.components.util import examples_utils

# Base class of executors that are given Beam's options, and what names an executor.
# Replaced by BeamComponentParameter of function components, once one can have a driver.
from tfx.dsl.components.base.base_beam_executor import (
    BaseBeamExecutor as BaseBeamExecutor,
)
from tfx.dsl.components.base.executor_spec import (
    BeamExecutorSpec as BeamExecutorSpec,
)
from tfx.dsl.components.base.executor_spec import (
    ExecutorClassSpec as ExecutorClassSpec,
)
from tfx.types import artifact_utils
from tfx.utils import path_utils, proto_utils

__all__ = [
    "ArtifactLists",
    "BaseBeamExecutor",
    "BeamExecutorSpec",
    "ExecutorClassSpec",
    "FileBasedExampleGen",
    "PusherExecutor",
    "add_workflow_parameter",
    "beam_args_of",
    "mark_splits",
    "message_property",
    "only",
    "operator_functions",
    "serving_model",
    "split_folder",
]

# Inputs and outputs of an executor's `Do`: the artifacts of each channel, by its name.
ArtifactLists = dict[str, list[tfx.dsl.Artifact]]


def only(artifacts: ArtifactLists, name: str) -> tfx.dsl.Artifact:
    """Returns the one artifact of a channel of an executor.

    Replaced by function components, whose channels come as arguments.

    Args:
        artifacts: inputs or outputs of `Do`.
        name: name of the channel.

    Raises:
        ValueError: the channel holds none, or several.
    """
    return artifact_utils.get_single_instance(artifacts[name])


def message_property(value: str, message: Message) -> Any:
    """Returns a message that an executor gets as JSON among its properties.

    Args:
        value: JSON text of the property.
        message: empty message of the property's type, which is filled.
    """
    proto_utils.json_to_proto(value, message)
    return message


def beam_args_of(executor: BaseBeamExecutor) -> list[str]:
    """Returns the Beam options that an executor was started with.

    Replaced by BeamComponentParameter, which hands over a pipeline, not its options.
    """
    return list(executor._beam_pipeline_args or ())


def serving_model(model: tfx.dsl.Artifact) -> Path:
    """Returns the folder of the SavedModel in a model artifact.

    Replaced by a public name for `Format-Serving`.
    """
    return Path(path_utils.serving_model_path(model.uri))


def split_folder(examples: tfx.dsl.Artifact, split: str) -> Path:
    """Returns the folder of the records of one split.

    Replaced by a public name for `Split-<name>`.

    Raises:
        ValueError: the examples have no such split.
    """
    return Path(artifact_utils.get_split_uri([examples], split))


def mark_splits(examples: tfx.dsl.Artifact, splits: Sequence[str]) -> None:
    """Writes down which splits an artifact has, and that they hold tf.Examples.

    Replaced by properties of `Examples` that take lists and enumerations.
    """
    examples.split_names = artifact_utils.encode_split_names(list(splits))
    kind = tfx.proto.PayloadFormat.Value("FORMAT_TF_EXAMPLE")
    examples_utils.set_payload_format(examples, kind)


def operator_functions() -> list[Callable[[Any], None]]:
    """Returns what TFX does to every step of a Kubeflow v1 workflow by default.

    Replaced by a `KubeflowDagRunnerConfig` that adds to them, not in their place.
    """
    # Needs the extra of Kubeflow.
    from tfx.orchestration.kubeflow import kubeflow_dag_runner

    return kubeflow_dag_runner.get_default_pipeline_operator_funcs()


def add_workflow_parameter(runner: Any, parameter: Any) -> None:
    """Adds a parameter to a Kubeflow v1 workflow that no component has.

    Replaced by a way to pass parameters to `KubeflowDagRunner`, which knows those of
    components alone.

    Args:
        runner: a `KubeflowDagRunner`.
        parameter: a `kfp.dsl.PipelineParam`.
    """
    runner._params.append(parameter)
