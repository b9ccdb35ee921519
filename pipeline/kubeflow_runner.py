"""Compiles the pipeline for Kubeflow Pipelines v1, as an Argo workflow."""

from __future__ import annotations

import functools
import json
import warnings
from pathlib import Path

from kfp import dsl
from tfx import v1 as tfx
from tfx.v1.dsl.experimental import RuntimeParameter

from pipeline import kubernetes, tfx_private
from pipeline.configs import MODEL_NAME, PipelineConfig
from pipeline.local_runner import beam_args
from pipeline.pipeline import create_pipeline
from v2v_tf.config import Config
from v2v_tf.errors import InputError


def write(
    pipeline: PipelineConfig, config: Config, root: str, source: str, output: Path
) -> None:
    """Writes the pipeline as a workflow.

    Parameters of a run: `pipeline-root`, `source`, `image`, and `train-args`, whose
    `num_steps` are the steps of an epoch.

    Args:
        pipeline: configuration of the pipeline.
        config: configuration of the experiment.
        root: folder of the pipeline as the cluster sees it; the default of a run.
        source: folder of clips as the cluster sees it; the default of a run.
        output: `.yaml` file to write.

    Raises:
        InputError: the TFX that is installed compiles no such workflows.
    """
    if not hasattr(tfx.orchestration.experimental, "KubeflowDagRunner"):
        raise InputError(
            f"TFX {tfx.__version__} compiles no Argo workflows: take --engine "
            "kubeflow-v2, or the pinned stack (make setup STACK=pinned)"
        )
    root = root.rstrip("/")
    dag = create_pipeline(
        f"{root}/artifacts",
        RuntimeParameter("source", str, source),
        f"{root}/serving_model/{MODEL_NAME}",
        f"{root}/training",
        pipeline,
        config,
        train_args=train_args("train-args", pipeline),
        beam_pipeline_args=beam_args(pipeline.beam),
    )
    runner_config = tfx.orchestration.experimental.KubeflowDagRunnerConfig(
        kubeflow_metadata_config=(
            tfx.orchestration.experimental.get_default_kubeflow_metadata_config()
        ),
        pipeline_operator_funcs=[
            *tfx_private.operator_functions(),
            functools.partial(kubernetes.apply, pipeline.kubernetes),
        ],
        tfx_image=str(dsl.PipelineParam("image")),
    )
    runner = tfx.orchestration.experimental.KubeflowDagRunner(
        output_dir=str(output.parent), output_filename=output.name, config=runner_config
    )
    image = dsl.PipelineParam("image", value=pipeline.kubernetes.image)
    tfx_private.add_workflow_parameter(runner, image)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # kfp's, of its own classes.
        runner.run(dag)


def train_args(name: str, pipeline: PipelineConfig) -> RuntimeParameter:
    """Returns the parameter of a run that sets the steps of an epoch.

    Args:
        name: name of the parameter.
        pipeline: configuration of the pipeline, which has the default.
    """
    default = json.dumps({"num_steps": pipeline.train_steps})
    return RuntimeParameter(name, str, default)
