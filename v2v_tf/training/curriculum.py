"""What a curriculum asks of each epoch, as pure functions."""

from __future__ import annotations

from v2v_tf.config_training import StageConfig


def learning_rate(stage: StageConfig, epoch_in_stage: int) -> float:
    """Returns the learning rate of one epoch of a stage.

    Linear from `learning_rate` in the first epoch to `end_learning_rate` in the last;
    constant where the latter is 0, or with a single epoch.

    Args:
        stage: of the curriculum.
        epoch_in_stage: 0 for the stage's first epoch.
    """
    start, end = stage.learning_rate, stage.end_learning_rate
    if not end or stage.epochs == 1:
        return start
    return start + (end - start) * epoch_in_stage / (stage.epochs - 1)
