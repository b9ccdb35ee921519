"""Writes TensorBoard scalars of training, over global steps."""

from __future__ import annotations

import time
from pathlib import Path

import tensorflow as tf

from v2v_tf.config import StageConfig

FOLDER = "train"


class Summaries(tf.keras.callbacks.Callback):
    """Writes the scalars of one stage to `<run>/train/`.

    Every loss under its own name (the mean of the epoch so far, as Keras logs it),
    `optim/lr_g`, `optim/lr_d`, `curriculum/num_frames`, `curriculum/height` and
    `perf/steps_per_second`: the mean rate since the last point, without the first
    step of the stage, which traces, and without what happens between epochs.

    The model has `generator_optimizer` and `discriminator_optimizer`, with or without
    a loss scale.

    Args:
        run_dir: the run folder; the folder of events is made in it.
        stage: stage of the curriculum.
        height: height of the stage's frames, pixels.
        first_step: steps of the run before this stage, or before the part of it that
            is resumed.
        log_steps: 1 or more; write at its multiples, and at the end of each epoch.

    Attributes:
        step: step of the whole run; one more after each batch.
    """

    def __init__(
        self,
        run_dir: Path,
        stage: StageConfig,
        height: int,
        first_step: int,
        log_steps: int = 100,
    ) -> None:
        super().__init__()
        self.run_dir = run_dir
        self.stage = stage
        self.height = height
        self.step = first_step
        self.log_steps = log_steps
        self._written = first_step
        self._losses: dict[str, float] = {}
        self._since: float | None = None
        self._steps_since = 0

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Opens the event file."""
        self._writer = tf.summary.create_file_writer(str(self.run_dir / FOLDER))
        self._since = None

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Leaves the time between epochs out of the rate."""
        if self._since is not None:
            self._restart_clock()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Counts a step and writes, where it is due.

        Raises:
            tf.errors.OpError: the disk refused, here or in the methods below.
        """
        self.step += 1
        self._losses = {name: float(value) for name, value in (logs or {}).items()}
        if self._since is None:
            self._restart_clock()
        else:
            self._steps_since += 1
        if self.step % self.log_steps == 0:
            self._write()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Writes the means of the whole epoch."""
        if self.step != self._written:
            self._write()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Closes the event file."""
        self._writer.close()

    def _write(self) -> None:
        values = {
            **self._losses,
            "optim/lr_g": _rate(self.model.generator_optimizer),
            "curriculum/num_frames": self.stage.num_frames,
            "curriculum/height": self.height,
        }
        if self.model.discriminator_optimizer is not None:
            values["optim/lr_d"] = _rate(self.model.discriminator_optimizer)
        if self._since is not None and self._steps_since:
            seconds = time.perf_counter() - self._since
            values["perf/steps_per_second"] = self._steps_since / seconds
            self._restart_clock()
        # Leaving the block flushes: a crash loses no point, a full disk is noticed.
        with self._writer.as_default(self.step):
            for name, value in values.items():
                tf.summary.scalar(name, value)
        self._written = self.step

    def _restart_clock(self) -> None:
        self._since = time.perf_counter()
        self._steps_since = 0


def _rate(optimizer: tf.keras.optimizers.Optimizer) -> float:
    return float(tf.keras.backend.get_value(optimizer.learning_rate))
