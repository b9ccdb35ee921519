"""Callbacks of `fit`: learning rate, progress, losses, stopping on a bad loss."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import tensorflow as tf
from tqdm import tqdm

from v2v_tf.config import OptimizerConfig
from v2v_tf.errors import InputError
from v2v_tf.storage.files import write_text
from v2v_tf.training.curriculum import Span, learning_rate

_LOG_INTERVAL = 20.0  # seconds


class LinearRate(tf.keras.callbacks.Callback):
    """Sets the learning rates of all sub-networks at the start of each epoch.

    Args:
        span: a stage and its place.
        optimizer: says whether sub-networks have learning rates of their own [TTUR].
    """

    def __init__(self, span: Span, optimizer: OptimizerConfig) -> None:
        super().__init__()
        self.span = span
        self.factors = (0.5, 2.0) if optimizer.ttur else (1.0, 1.0)

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Sets the rates."""
        rate = learning_rate(self.span.stage, epoch - self.span.first_epoch)
        self.model.set_learning_rates(*(factor * rate for factor in self.factors))


class Progress(tf.keras.callbacks.Callback):
    """Shows a bar for a whole stage: epoch, losses, learning rate and time left.

    Args:
        title: names the stage.
        steps: number of steps of the stage.
        done: number of those steps that are done already.
    """

    def __init__(self, title: str, steps: int, done: int = 0) -> None:
        super().__init__()
        # A log file gets a line now and then, a terminal a living bar.
        interval = 0.2 if sys.stderr.isatty() else _LOG_INTERVAL
        self.bar = tqdm(
            total=steps,
            initial=done,
            desc=title,
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

    def close(self) -> None:
        """Closes the bar; a stage may take more than one `fit`."""
        self.bar.close()


class LossHistory(tf.keras.callbacks.Callback):
    """Keeps `history.json`: every loss, epoch by epoch, over all stages.

    Args:
        path: path of the file; it is replaced whole at the end of each epoch.
        epochs: so many of those in the file are kept.
    """

    def __init__(self, path: Path, epochs: int = 0) -> None:
        super().__init__()
        self.path = path
        self.epochs: list[dict[str, float]] = []
        if epochs and path.is_file():
            self.epochs = json.loads(path.read_text(encoding="utf-8"))[:epochs]

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Appends an epoch."""
        values = {name: float(value) for name, value in (logs or {}).items()}
        self.epochs.append({"epoch": epoch + 1, **values})
        write_text(self.path, json.dumps(self.epochs, indent=1))


class StopOnBadLoss(tf.keras.callbacks.Callback):
    """Stops at the first step whose losses are not all finite."""

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Raises InputError that names the loss that was the first."""
        values = {name: float(value) for name, value in (logs or {}).items()}
        if all(map(math.isfinite, values.values())):
            return
        name = self.model.meter.first_bad()
        raise InputError(
            f"loss '{name}' is {values.get(name)} at step {batch + 1} of the epoch: "
            "lower the learning rates of the curriculum, or set optimizer.clip_norm; "
            "the last checkpoint is from before"
        )


class ResumedLosses(tf.keras.callbacks.Callback):
    """Gives the losses' means back what they had gathered in a half-done epoch.

    `fit` sets them to zero at the start of an epoch.

    Args:
        values: values of the meter's variables.
    """

    def __init__(self, values: list) -> None:
        super().__init__()
        self.values: list | None = values

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        """Sets them in the first epoch."""
        if self.values is not None:
            for variable, value in zip(
                self.model.meter.variables, self.values, strict=True
            ):
                variable.assign(value)
            self.values = None
