"""The smallest runs there are, and what they leave."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path

import tensorflow as tf

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.storage import runs


class At(tf.keras.callbacks.Callback):
    """Does something after a number of steps of this process."""

    def __init__(self, step: int, action) -> None:
        super().__init__()
        self.left = step
        self.action = action

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.left -= 1
        if self.left == 0:
            self.action()


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def flow_only(*overrides: str) -> Config:
    """Two epochs of three steps of flow alone: what traces fastest."""
    config = configuration.load_config(
        "test/toy_street",
        (
            *("curriculum.0.epochs=2", "curriculum.0.steps_per_epoch=3"),
            *("curriculum.0.end_learning_rate=1e-4", "previews.clips=0"),
            *overrides,
        ),
    )
    return dataclasses.replace(config, curriculum=config.curriculum[:1])


def tensors(run_dir: Path) -> dict[str, bytes]:
    """Every tensor of the newest checkpoint, by name."""
    step, prefix = runs.checkpoints(run_dir)[0]
    reader = tf.train.load_checkpoint(prefix)
    types = reader.get_variable_to_dtype_map()
    found = {n: reader.get_tensor(n).tobytes() for n in types if types[n] != tf.string}
    return {"step": str(step).encode(), **found}


def steps(run_dir: Path) -> list[int]:
    return [step for step, _ in runs.checkpoints(run_dir)]
