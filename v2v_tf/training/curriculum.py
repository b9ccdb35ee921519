"""Computes where in a run its stages lie: epochs, steps, learning rates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.config import Config, StageConfig
from v2v_tf.data.records.manifest import read_manifest


@dataclass(frozen=True)
class Span:
    """Places a stage in its run; epochs and steps count over the whole run.

    Attributes:
        stage: stage of the curriculum.
        index: number of the stage, from 0.
        first_epoch: epochs before it.
        first_step: steps before it.
        epoch_steps: steps of each of its epochs.
    """

    stage: StageConfig
    index: int
    first_epoch: int
    first_step: int
    epoch_steps: int

    @property
    def end_step(self) -> int:
        """Steps when it is done."""
        return self.first_step + self.stage.num_epochs * self.epoch_steps

    def position(self, step: int) -> tuple[int, int]:
        """Returns the epoch of the run, and how many of its steps are done."""
        epochs, done = divmod(step - self.first_step, self.epoch_steps)
        return self.first_epoch + epochs, done


def learning_rate(stage: StageConfig, epoch: int) -> float:
    """Returns the rate of an epoch of a stage, linear from its first to its last.

    Epochs that were added to a stage have the rate of the last one before them.

    Args:
        stage: `end_learning_rate` 0 means a constant rate.
        epoch: epoch within the stage, from 0.
    """
    start, end = stage.learning_rate, stage.end_learning_rate
    if not end or stage.epochs == 1:
        return start
    return start + (end - start) * min(epoch, stage.epochs - 1) / (stage.epochs - 1)


def plan(config: Config, data_dir: Path) -> list[Span]:
    """Lays the stages of a curriculum one after the other.

    Raises:
        InputError: no records.
    """
    spans: list[Span] = []
    epoch = step = 0
    for index, stage in enumerate(config.curriculum):
        steps = stage.steps_per_epoch or _steps_of_a_pass(config, stage, data_dir)
        spans.append(Span(stage, index, epoch, step, steps))
        epoch, step = epoch + stage.num_epochs, spans[-1].end_step
    return spans


def span_of(spans: Sequence[Span], step: int) -> Span:
    """Returns the stage whose training made step number `step`."""
    return next((span for span in spans if step <= span.end_step), spans[-1])


def _steps_of_a_pass(config: Config, stage: StageConfig, data_dir: Path) -> int:
    history = config.history
    lengths = [clip.num_frames for clip in read_manifest(data_dir).split("train").clips]
    usable = [n for n in lengths if n >= history + stage.num_frames]
    if config.data.epoch == "frames":
        # One clip for each frame that can be generated (method.md 4.4).
        count = sum(n - history for n in usable)
    else:
        count = len(usable)
    return max(1, -(-count // stage.batch_size))
