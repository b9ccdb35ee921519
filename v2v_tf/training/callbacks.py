"""Callbacks of `fit`: learning rate, progress, history, stopping on a bad loss."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from v2v_tf.config import StageConfig
from v2v_tf.errors import InputError
from v2v_tf.training.curriculum import learning_rate

_LOG_INTERVAL = 20.0  # seconds


class LinearRate(tf.keras.callbacks.Callback):
    """Sets the learning rate of both players at the start of each epoch.

    Args:
        stage: says the rates, see `curriculum.learning_rate`.
        first_epoch: number of the stage's first epoch in the whole run.
    """

    def __init__(self, stage: StageConfig, first_epoch: int) -> None:
        super().__init__()
        self.stage = stage
        self.first_epoch = first_epoch

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Sets the rate."""
        rate = learning_rate(self.stage, epoch - self.first_epoch)
        for optimizer in (
            self.model.generator_optimizer,
            self.model.discriminator_optimizer,
        ):
            optimizer.learning_rate = rate


class Progress(tf.keras.callbacks.Callback):
    """A bar for a whole stage: epoch, both players' losses, rate and time left.

    Args:
        title: names the stage.
        epochs: of the stage.
        steps: of an epoch.
    """

    def __init__(self, title: str, epochs: int, steps: int) -> None:
        super().__init__()
        self.title = title
        self.epochs = epochs
        self.steps = steps

    def on_train_begin(self, logs: dict | None = None) -> None:
        """Opens the bar."""
        # A log file gets a line now and then, a terminal a living bar.
        interval = 0.2 if sys.stderr.isatty() else _LOG_INTERVAL
        self.bar = tqdm(
            total=self.epochs * self.steps,
            desc=self.title,
            unit="step",
            mininterval=interval,
            maxinterval=interval,
        )

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Advances the bar."""
        totals = {
            name.partition("/")[0]: f"{float(value):.3f}"
            for name, value in (logs or {}).items()
            if name.endswith("/total")
        }
        self.bar.set_postfix(totals, refresh=False)
        self.bar.update()

    def on_train_end(self, logs: dict | None = None) -> None:
        """Closes the bar."""
        self.bar.close()


class LossHistory(tf.keras.callbacks.Callback):
    """Keeps `history.json`: every loss, epoch by epoch, over all stages.

    Args:
        path: of the file; replaced whole at the end of each epoch.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.epochs: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Appends an epoch."""
        values = {name: float(value) for name, value in (logs or {}).items()}
        self.epochs.append({"epoch": epoch + 1, **values})
        beside = self.path.with_suffix(".partial")
        beside.write_text(json.dumps(self.epochs, indent=1), encoding="utf-8")
        beside.replace(self.path)


class StopOnBadLoss(tf.keras.callbacks.Callback):
    """Stops at the first step whose losses are not all finite."""

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Raises InputError that names the first loss that is not finite."""
        for name, value in (logs or {}).items():
            if not math.isfinite(float(value)):
                raise InputError(
                    f"loss '{name}' is {float(value)} at step {batch + 1} of the "
                    "epoch: lower the learning rates of the curriculum; the last "
                    "checkpoint is from the epoch before"
                )
