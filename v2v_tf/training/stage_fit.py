"""Trains one stage of a run: `fit` from any of its steps to its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import tensorflow as tf

from v2v_tf.data.input.dataset import Share, make_dataset
from v2v_tf.errors import InputError
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.storage import runs
from v2v_tf.training.callbacks import (
    LinearRate,
    LossHistory,
    Progress,
    ResumedLosses,
    StopOnBadLoss,
)
from v2v_tf.training.curriculum import Span
from v2v_tf.training.interruption import StopRequest
from v2v_tf.training.previews import Previews
from v2v_tf.training.saving import Saving
from v2v_tf.training.strategy import distribute
from v2v_tf.training.summaries import Summaries


class StageFit:
    """Trains a stage; within the strategy's scope.

    Args:
        model: model that is set to the stage.
        span: the stage and its place.
        data_dir: clip records.
        run_dir: the run.
        stop: asks for the end.
        writes: whether this process writes the run folder.
        height: height of the finest scale's frames, pixels.
        previews: shown at ends of epochs, or None.
        callbacks: the user's own.
    """

    def __init__(
        self,
        model: StagedModel,
        span: Span,
        data_dir: Path,
        run_dir: Path,
        stop: StopRequest,
        writes: bool,
        height: int,
        previews: Previews | None,
        callbacks: Sequence[tf.keras.callbacks.Callback] = (),
    ) -> None:
        self._model = model
        self._span = span
        self._data_dir = data_dir
        self._run_dir = run_dir
        self._stop = stop
        self._writes = writes
        self._height = height
        self._previews = previews
        self._callbacks = list(callbacks)

    def fit(self, step: int) -> None:
        """Trains from `step` steps of the run to the end of the stage.

        Raises:
            InputError: a loss is not finite, records cannot be read, or a checkpoint
                cannot be written.
            Interrupted: a signal came, and everything is saved.
        """
        span = self._span
        step = max(step, span.first_step)
        epoch, done = span.position(step)
        shown = self._shown(step)
        try:
            if done:
                gathered = [v.numpy() for v in self._model.meter.variables]
                rest = span.epoch_steps - done
                resumed = ResumedLosses(gathered)
                self._fit(epoch, epoch + 1, step, rest, [resumed, *shown])
                epoch, step = epoch + 1, step + rest
            end = span.first_epoch + span.stage.num_epochs
            if epoch < end:
                self._fit(epoch, end, step, span.epoch_steps, shown)
        except (tf.errors.NotFoundError, tf.errors.DataLossError) as error:
            # The whole message is a traceback; one line of it names the file.
            lines = str(error.message).splitlines()
            cause = next((x for x in lines if str(self._data_dir) in x), lines[0])
            raise InputError(
                f"a record file cannot be read ({cause.strip()}): restore it, and give "
                "the same command to go on from the last checkpoint"
            ) from error
        except tf.errors.ResourceExhaustedError as error:
            if "No space left" not in str(error):
                raise
            raise InputError(
                f"{self._run_dir}: the disk is full: free some space, and give the "
                "same command to go on from the last checkpoint"
            ) from error
        finally:
            for callback in shown:
                if isinstance(callback, Progress):
                    callback.close()

    def _fit(self, epoch: int, end: int, step: int, steps: int, shown: list) -> None:
        """Fits epochs `epoch` .. `end` - 1 of the run, of `steps` steps each."""
        config, span = self._model.experiment, self._span
        saving = Saving(
            self._run_dir,
            span,
            step,
            config.runtime.checkpoint_steps,
            self._stop,
            self._writes,
        )
        rate = LinearRate(span, config.optimizer)
        # Finer scales that are not trained yet would make noise of all frames.
        shows = self._previews is not None and not self._model.num_downsamplings
        previews = [self._previews] if shows else []
        self._model.fit(
            self._dataset(step - span.first_step),
            initial_epoch=epoch,
            epochs=end,
            steps_per_epoch=steps,
            verbose=0,
            callbacks=[
                rate,
                StopOnBadLoss(),
                *shown,
                *self._callbacks,
                saving,
                *previews,
            ],
        )

    def _dataset(self, first_batch: int) -> tf.data.Dataset:
        config, stage = self._model.experiment, self._span.stage

        def make(share: Share) -> tf.data.Dataset:
            return make_dataset(
                self._data_dir,
                config,
                num_frames=config.history + stage.num_frames,
                batch_size=stage.batch_size,
                training=True,
                seed=config.seed + self._span.index,
                first_batch=first_batch,
                share=share,
            )

        return distribute(make)

    def _shown(self, step: int) -> list[tf.keras.callbacks.Callback]:
        """Returns what writes and shows, on one process only."""
        if not self._writes:
            return []
        span = self._span
        epochs, _ = span.position(step)
        total = span.end_step - span.first_step
        stage = span.stage
        height = self._height // 2**self._model.num_downsamplings
        return [
            Progress(f"stage {stage.name}", total, step - span.first_step),
            LossHistory(self._run_dir / runs.HISTORY_FILE, epochs),
            Summaries(self._run_dir, stage, height, step),
        ]
