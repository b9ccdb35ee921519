"""Trains a model by a curriculum: a plain loop of `fit` over stages.

A run folder holds `config.yaml` (effective), `checkpoints/` (the last ones),
`train/` (TensorBoard) and `history.json` (the mean of every loss, epoch by epoch).
"""

from __future__ import annotations

import shutil
from pathlib import Path

import tensorflow as tf

from v2v_tf import runs
from v2v_tf.config import Config, OptimizerConfig, StageConfig, to_yaml
from v2v_tf.data.input import count_clips, make_dataset
from v2v_tf.folders import require_replaceable
from v2v_tf.layers.precision import precision_scope
from v2v_tf.models.vid2vid import Vid2Vid
from v2v_tf.training.callbacks import LinearRate, LossHistory, Progress, StopOnBadLoss


def train(
    config: Config,
    data_dir: str | Path,
    run_dir: str | Path,
    overwrite: bool = False,
) -> Vid2Vid:
    """Trains through every stage of `config.curriculum`.

    Args:
        config: the experiment.
        data_dir: clip records, as `v2v-tf prepare` writes them.
        run_dir: made here; must not hold a run yet.
        overwrite: replace the run that is there; until the new one is complete it
            stays beside, as `<run>.replaced`.

    Returns:
        The trained model.

    Raises:
        InputError: the folder holds a run (or, with `overwrite`, anything else), the
            data do not fit the configuration, or a loss is not finite.
    """
    data_dir, run_dir = Path(data_dir), Path(run_dir).resolve()
    require_replaceable(
        run_dir,
        overwrite=overwrite,
        is_ours=runs.is_run,
        what="run",
        option="--run",
        inputs=(data_dir,),
    )
    tf.keras.utils.set_random_seed(config.seed)
    datasets = [
        _dataset(config, stage, data_dir, config.seed + index)
        for index, stage in enumerate(config.curriculum)
    ]
    _set_graph_optimization(config.runtime.optimize_graph)
    with precision_scope(config.runtime):
        model = Vid2Vid(config)
    model.build_networks(*datasets[0].element_spec["frames"].shape[2:4])
    model.compile(_adam(config.optimizer), _adam(config.optimizer))

    replaced = runs.put_aside(run_dir) if overwrite and run_dir.exists() else None
    run_dir.mkdir(parents=True, exist_ok=True)
    (run_dir / runs.CONFIG_FILE).write_text(to_yaml(config), encoding="utf-8")
    manager = runs.checkpoint_manager(model, run_dir)
    save = tf.keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: manager.save(epoch + 1)
    )
    history = LossHistory(run_dir / runs.HISTORY_FILE)
    board = tf.keras.callbacks.TensorBoard(str(run_dir), write_graph=False)
    epoch = 0
    for stage, dataset in zip(config.curriculum, datasets, strict=True):
        steps = stage.steps_per_epoch or _steps(config, stage, data_dir)
        model.set_stage(stage)
        model.fit(
            dataset,
            initial_epoch=epoch,
            epochs=epoch + stage.epochs,
            steps_per_epoch=steps,
            verbose=0,
            callbacks=[
                LinearRate(stage, epoch),
                StopOnBadLoss(),
                Progress(f"stage {stage.name}", stage.epochs, steps),
                history,
                board,
                save,
            ],
        )
        epoch += stage.epochs
    if replaced is not None:
        shutil.rmtree(replaced)
    return model


def _dataset(
    config: Config, stage: StageConfig, data_dir: Path, seed: int
) -> tf.data.Dataset:
    history = config.generator.num_frames - 1
    return make_dataset(
        data_dir,
        config,
        num_frames=history + stage.num_frames,
        batch_size=stage.batch_size,
        training=True,
        seed=seed,
    )


def _steps(config: Config, stage: StageConfig, data_dir: Path) -> int:
    num_frames = config.generator.num_frames - 1 + stage.num_frames
    clips = count_clips(data_dir, "train", num_frames)
    return -(-clips // stage.batch_size)


def _set_graph_optimization(enabled: bool) -> None:
    tf.config.optimizer.set_experimental_options(
        {"disable_meta_optimizer": not enabled}
    )


def _adam(config: OptimizerConfig) -> tf.keras.optimizers.legacy.Adam:
    """Returns Adam; its rate is set by each stage.

    The legacy one is a fused kernel per weight, the new one twenty operations,
    which lengthen the tracing of a step by half.
    """
    return tf.keras.optimizers.legacy.Adam(
        beta_1=config.beta_1, beta_2=config.beta_2, epsilon=config.epsilon
    )
