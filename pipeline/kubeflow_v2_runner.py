"""Compiles the pipeline for Kubeflow Pipelines v2, as its representation 2.1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from tfx import v1 as tfx
from tfx.v1.dsl.experimental import RuntimeParameter
from tfx.v1.types import BaseComponent

from pipeline import kubernetes
from pipeline.configs import MODEL_NAME, KubernetesConfig, PipelineConfig
from pipeline.kubeflow_runner import train_args
from pipeline.local_runner import beam_args
from pipeline.pipeline import create_pipeline
from v2v_tf.config import Config
from v2v_tf.errors import InputError

_EXECUTOR = "{name}_executor"


def write(
    pipeline: PipelineConfig, config: Config, root: str, source: str, output: Path
) -> None:
    """Writes the pipeline in its intermediate representation.

    Parameters of a run: `source`, and `train_args`, whose `num_steps` are the steps of
    an epoch; the root is `pipeline_root` of the run itself. Images are constants of
    this format.

    Args:
        pipeline: configuration of the pipeline.
        config: configuration of the experiment.
        root: folder of the pipeline as the cluster sees it; the default of a run.
        source: folder of clips as the cluster sees it; the default of a run.
        output: file to write: `.yaml` for the pipeline and what Kubernetes adds to it,
            `.json` for the job alone.

    Raises:
        InputError: infra validation asks for a server that TFX cannot start here.
    """
    infra = pipeline.infra_validation.server
    if infra != "process":
        raise InputError(
            f"infra_validation.server={infra} is not for kubeflow-v2, where TFX does "
            "not support it: set pipeline.infra_validation.server=process"
        )
    root = root.rstrip("/")
    parameters = (
        RuntimeParameter("source", str, source),
        train_args("train_args", pipeline),
    )
    dag = create_pipeline(
        f"{root}/artifacts",
        parameters[0],
        f"{root}/serving_model/{MODEL_NAME}",
        f"{root}/training",
        pipeline,
        config,
        train_args=parameters[1],
        beam_pipeline_args=beam_args(pipeline.beam),
    )
    for node in dag.components:
        wanted = kubernetes.accelerated(pipeline.kubernetes)
        if node.id in wanted and isinstance(node, BaseComponent):
            node.platform_config = kubernetes.resource_spec(pipeline.kubernetes)
    runner = tfx.orchestration.experimental.KubeflowV2DagRunner(
        config=tfx.orchestration.experimental.KubeflowV2DagRunnerConfig(
            default_image=pipeline.kubernetes.image, use_pipeline_spec_2_1=True
        )
    )
    job = runner.run(dag, write_out=False)
    spec = job["pipelineSpec"]
    _add_defaults(spec, f"{root}/artifacts", parameters)
    _add_retries(spec, pipeline.kubernetes)
    if output.suffix == ".json":
        output.write_text(json.dumps(job, indent=1, sort_keys=True), encoding="utf-8")
        return
    documents = [spec, _platform(spec, pipeline.kubernetes)]
    text = yaml.safe_dump_all([d for d in documents if d], sort_keys=True)
    output.write_text(text, encoding="utf-8")


def _add_defaults(
    spec: dict[str, Any], root: str, parameters: Sequence[RuntimeParameter]
) -> None:
    """Adds the defaults of parameters, which TFX leaves out."""
    spec["defaultPipelineRoot"] = root
    definitions = spec["root"]["inputDefinitions"]["parameters"]
    for parameter in parameters:
        definitions[parameter.name] |= {
            "defaultValue": parameter.default,
            "isOptional": True,
        }


def _add_retries(spec: dict[str, Any], config: KubernetesConfig) -> None:
    for name in kubernetes.accelerated(config) if config.retries else ():
        task = spec["root"]["dag"]["tasks"][name]
        task["retryPolicy"] = {"maxRetryCount": config.retries}


def _platform(spec: dict[str, Any], config: KubernetesConfig) -> dict[str, Any]:
    """Returns the second document: what the first has no words for."""
    executors: dict[str, Any] = {}
    for name in spec["deploymentSpec"]["executors"]:
        found: dict[str, Any] = {}
        if config.volume_claim:
            mount = {"constant": config.volume_claim, "mountPath": config.mount_path}
            found["pvcMount"] = [mount]
        if name in {_EXECUTOR.format(name=n) for n in kubernetes.accelerated(config)}:
            if config.node_selector:
                found["nodeSelector"] = {"labels": dict(config.node_selector)}
            if config.tolerations:
                found["tolerations"] = kubernetes.tolerations(config)
        if found:
            executors[name] = found
    if not executors:
        return {}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": executors}}}}
