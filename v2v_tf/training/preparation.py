"""What is done before the first step: settings, checks, networks, an earlier state."""

from __future__ import annotations

from pathlib import Path

import tensorflow as tf

from v2v_tf.config import Config, OptimizerConfig, RuntimeConfig
from v2v_tf.data.input.dataset import Share, make_dataset
from v2v_tf.errors import InputError
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.models.registry import build_model
from v2v_tf.training import checkpoints, curriculum
from v2v_tf.training.curriculum import Span


def set_up(config: Config) -> None:
    """Sets what counts for the whole process: seeds, determinism, graph rewriting."""
    runtime = config.runtime
    if is_deterministic(runtime):
        tf.config.experimental.enable_op_determinism()
    tf.keras.utils.set_random_seed(config.seed)
    tf.config.optimizer.set_experimental_options(
        {"disable_meta_optimizer": not runtime.optimize_graph}
    )


def is_deterministic(runtime: RuntimeConfig) -> bool:
    """Returns whether the same command is to give the same bytes."""
    if runtime.deterministic == "auto":
        return not tf.config.list_logical_devices("GPU")
    return runtime.deterministic == "always"


def check_stages(
    config: Config, spans: list[Span], data_dir: Path, num_replicas: int
) -> tuple[int, int]:
    """Opens the records as every stage will, and returns the size of the frames."""
    for span in spans:
        stage = span.stage
        dataset = make_dataset(
            data_dir,
            config,
            num_frames=config.history + stage.num_frames,
            batch_size=stage.batch_size,
            training=True,
            seed=0,
        )
        Share(num_replicas=num_replicas).check(stage.batch_size)
    height, width = dataset.element_spec["frames"].shape[2:4]
    return height, width


def build(config: Config, size: tuple[int, int]) -> StagedModel:
    """Returns the model with its optimizers and weights, as they begin.

    Args:
        config: the experiment.
        size: (height, width) of the frames of its records.
    """
    model = build_model(config)
    adam = _adam(config.optimizer)
    model.compile(adam, adam)
    model.build_networks(*size)
    return model


def resume(model: StagedModel, run_dir: Path, spans: list[Span]) -> int:
    """Restores the newest checkpoint; returns the steps that are done."""

    def parts_at(step: int) -> dict:
        model.set_stage(curriculum.span_of(spans, step).stage)
        return model.saved_parts()

    step = checkpoints.restore_newest(run_dir, parts_at)
    if step is None:
        return 0
    if step > spans[-1].end_step:
        raise InputError(
            f"{run_dir} has trained {step} steps, more than the {spans[-1].end_step} "
            "of its curriculum: its records have changed"
        )
    return step


def _adam(config: OptimizerConfig) -> tf.keras.optimizers.legacy.Adam:
    """Returns Adam; its rate is set by each stage.

    The legacy one is a fused kernel per weight, the new one twenty operations,
    which lengthen the tracing of a step by half.
    """
    beta_1, beta_2 = (0.0, 0.9) if config.ttur else (config.beta_1, config.beta_2)
    return tf.keras.optimizers.legacy.Adam(
        beta_1=beta_1, beta_2=beta_2, epsilon=config.epsilon
    )
