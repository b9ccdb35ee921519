"""Decides when checkpoints are written, and stops a run in good order."""

from __future__ import annotations

import signal
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.tensorflow_private import has_several_workers
from v2v_tf.training import checkpoints
from v2v_tf.training.curriculum import Span
from v2v_tf.training.interruption import Interrupted, StopRequest


class Saving(tf.keras.callbacks.Callback):
    """Saves every so many steps, at ends of epochs, and when asked to stop.

    Args:
        run_dir: the run.
        span: the stage that trains.
        step: steps of the run before this `fit`.
        every: steps between checkpoints within an epoch.
        stop: asks for the end.
        writes: whether this process writes the run folder; all workers take part in
            a checkpoint.
    """

    def __init__(
        self,
        run_dir: Path,
        span: Span,
        step: int,
        every: int,
        stop: StopRequest,
        writes: bool = True,
    ) -> None:
        super().__init__()
        self._run_dir = run_dir
        self._span = span
        self._step = step
        self._every = every
        self._stop = stop
        self._writes = writes

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        """Saves if it is time; raises Interrupted after saving if asked to stop."""
        self._step += 1
        _, done = self._span.position(self._step)
        if not done:
            return  # the end of the epoch saves, once its history is written
        stop = self._must_stop()
        if stop or self._step % self._every == 0:
            self._save()
        if stop:
            raise Interrupted(stop, self._step)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        """Saves; raises `Interrupted` if asked to stop."""
        self._save()
        stop = self._must_stop()
        if stop and self._step < self._span.end_step:
            raise Interrupted(stop, self._step)

    def _must_stop(self) -> int:
        """Returns the signal that came, to any worker, or 0."""
        signum = self._stop.signum or 0
        strategy = tf.distribute.get_strategy()
        if has_several_workers(strategy):
            # All must stop at the same step.
            asked = strategy.run(lambda: tf.constant(float(signum != 0)))
            if strategy.reduce(tf.distribute.ReduceOp.SUM, asked, axis=None) > 0:
                signum = signum or signal.SIGTERM
        return signum

    def _save(self) -> None:
        model: StagedModel = self.model
        require_finite(model)
        parts = model.saved_parts()
        if self._writes:
            checkpoints.save(parts, self._run_dir, self._step)
        else:
            scratch = self._run_dir / f".worker{_worker()}"
            checkpoints.save_nowhere(parts, scratch, self._step)


def require_finite(model: StagedModel) -> None:
    """Raises InputError for weights that are not finite, and names the first."""
    for variable in model.trainable_variables:
        if not np.isfinite(variable.numpy()).all():
            raise InputError(
                f"weight {variable.name} is not finite: lower the learning rates of "
                "the curriculum, or set optimizer.clip_norm; the last checkpoint is "
                "from before"
            )


def _worker() -> int:
    return tf.distribute.get_strategy().cluster_resolver.task_id
