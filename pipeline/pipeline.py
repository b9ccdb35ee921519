"""Defines the pipeline, from clips to a model that a server picks up.

clips -> statistics -> anomalies -> gate -> statistics for training -> training
-> evaluation against the last blessed model -> proof that it serves -> push
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import tensorflow_data_validation as tfdv
from ml_metadata.proto import metadata_store_pb2
from tfx import v1 as tfx
from tfx.v1.dsl import Channel
from tfx.v1.types import BaseNode

from pipeline import configs, features, validation
from pipeline.components.clip_example_gen import ClipExampleGen
from pipeline.components.data_gate import DataGate
from pipeline.components.model_pusher import ModelPusher
from pipeline.components.serving_validator import ServingValidator
from pipeline.components.task_schema import TaskSchemaGen
from pipeline.components.video_metrics import VideoSetMetrics
from pipeline.configs import InfraValidationConfig, PipelineConfig
from pipeline.evaluation import eval_config
from pipeline.schema import schema_text
from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.tasks.registry import num_labels_of, task_of

TRAINER, EVALUATOR = "Trainer", "Evaluator"
RESOLVER = "latest_blessed_model_resolver"


def create_pipeline(
    pipeline_root: str,
    source: Any,
    serving_model_dir: Any,
    training_root: str,
    pipeline: PipelineConfig,
    config: Config,
    *,
    train_args: Any = None,
    enable_cache: bool = True,
    metadata_connection_config: metadata_store_pb2.ConnectionConfig | None = None,
    beam_pipeline_args: Sequence[str] = (),
    ingest_args: Sequence[str] = (),
) -> tfx.dsl.Pipeline:
    """Returns the pipeline, which is the same on every runner.

    Args:
        pipeline_root: folder that artifacts are written to.
        source: folder of clips as `ClipExampleGen` takes it; a path or a
            RuntimeParameter.
        serving_model_dir: folder of versions that a server watches.
        training_root: folder of trainings in progress, which outlives an execution.
        pipeline: configuration of the pipeline.
        config: configuration of the experiment.
        train_args: RuntimeParameter with TFX's TrainArgs as JSON; None to go by
            `pipeline.train_steps`.
        enable_cache: skip components that ran before on the same inputs.
        metadata_connection_config: database of ML Metadata, for local runs; None where
            the runner has its own.
        beam_pipeline_args: Beam options of every component that uses Beam.
        ingest_args: further Beam options of the component that draws clips.

    Returns:
        The pipeline, for a runner of TFX.

    Raises:
        InputError: no installed package has the task of the experiment.

    Example:
        Build the pipeline for another runner of TFX:

        ```python
        >>> from pipeline import configs
        >>> pipeline, config = configs.load("toy_street")
        >>> dag = create_pipeline(
        ...     "nightly/artifacts",
        ...     "clips",
        ...     "nightly/serving_model/vid2vid",
        ...     "nightly/training",
        ...     pipeline,
        ...     config,
        ... )
        >>> "Trainer" in {component.id for component in dag.components}
        True
        ```
    """
    task = task_of(config)
    example_gen = ClipExampleGen(source, configs.records_yaml(config))
    example_gen.with_beam_pipeline_args([*beam_pipeline_args, *ingest_args])
    examples = example_gen.outputs["examples"]
    statistics_gen = tfx.components.StatisticsGen(
        examples=examples,
        stats_options=tfdv.StatsOptions(
            feature_allowlist=features.scalar_features(task)
        ),
    )
    schema_gen = TaskSchemaGen(text=schema_text(task))
    schema = schema_gen.outputs["schema"]
    statistics = statistics_gen.outputs["statistics"]
    validator = tfx.components.ExampleValidator(statistics=statistics, schema=schema)
    gate = DataGate(
        anomalies=validator.outputs["anomalies"],
        statistics=statistics,
        rules=validation.rules_json(config),
    )
    transform = tfx.components.Transform(
        examples=examples,
        schema=schema,
        preprocessing_fn=configs.PREPROCESSING_FN,
        custom_config={"num_labels": num_labels_of(config)},
        materialize=False,
        disable_statistics=True,
        disable_analyzer_cache=True,
    )
    transform.add_upstream_node(gate)
    resolver = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestBlessedModelStrategy,
        model=Channel(type=tfx.types.standard_artifacts.Model),
        model_blessing=Channel(type=tfx.types.standard_artifacts.ModelBlessing),
    ).with_id(RESOLVER)
    blessed = resolver.outputs["model"]
    trainer = tfx.components.Trainer(
        run_fn=configs.RUN_FN,
        examples=examples,
        transform_graph=transform.outputs["transform_graph"],
        schema=schema,
        base_model=blessed if pipeline.warm_start else None,
        train_args=train_args or tfx.proto.TrainArgs(num_steps=pipeline.train_steps),
        eval_args=tfx.proto.EvalArgs(),
        custom_config={
            "config": configuration.to_yaml(config),
            "training_root": training_root,
            "from_pretrained": pipeline.from_pretrained,
            "export": dataclasses.asdict(pipeline.export),
        },
    ).with_id(TRAINER)
    model = trainer.outputs["model"]
    evaluator = tfx.components.Evaluator(
        examples=examples,
        model=model,
        baseline_model=blessed,
        eval_config=eval_config(pipeline.evaluation),
    ).with_id(EVALUATOR)
    video_metrics = VideoSetMetrics(
        examples=examples, model=model, num_clips=pipeline.evaluation.video_clips
    )
    infra_validator = _infra_validator(pipeline.infra_validation, model, examples)
    pusher = ModelPusher(
        model=model,
        model_blessing=evaluator.outputs["blessing"],
        infra_blessing=infra_validator.outputs["blessing"],
        push_destination=tfx.proto.PushDestination(
            filesystem=tfx.proto.PushDestination.Filesystem(
                base_directory=serving_model_dir
            )
        ),
    )
    return tfx.dsl.Pipeline(
        pipeline_name=pipeline.name,
        pipeline_root=pipeline_root,
        components=[
            *(example_gen, statistics_gen, schema_gen, validator, gate, transform),
            *(resolver, trainer, evaluator, video_metrics, infra_validator, pusher),
        ],
        enable_cache=enable_cache,
        metadata_connection_config=metadata_connection_config,
        beam_pipeline_args=list(beam_pipeline_args),
    )


def _infra_validator(
    config: InfraValidationConfig, model: Channel, examples: Channel
) -> BaseNode:
    if config.server == "process":
        return ServingValidator(
            model=model,
            examples=examples,
            num_examples=config.num_examples,
            seconds=config.seconds,
        )
    proto = tfx.proto
    spec = proto.ServingSpec(
        tensorflow_serving=proto.TensorFlowServing(tags=[config.image_tag]),
        model_name=configs.MODEL_NAME,
    )
    if config.server == "docker":
        spec.local_docker.SetInParent()
    else:
        spec.kubernetes.SetInParent()
    request = proto.RequestSpec(
        tensorflow_serving=proto.TensorFlowServingRequestSpec(
            signature_names=["serving_default"]
        ),
        split_name="eval",
        num_examples=config.num_examples,
    )
    return tfx.components.InfraValidator(
        model=model,
        examples=examples,
        serving_spec=spec,
        request_spec=request,
        validation_spec=proto.ValidationSpec(max_loading_time_seconds=config.seconds),
    )
