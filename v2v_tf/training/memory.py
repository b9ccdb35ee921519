"""Compares what a training takes of memory with what there is, and says what saves."""

from __future__ import annotations

from pathlib import Path

import psutil
import tensorflow as tf
from absl import logging

from v2v_tf.config import Config
from v2v_tf.config.plugins import MODELS
from v2v_tf.memory.machine import Available, available_memory, gpu_memory, in_gib
from v2v_tf.memory.use import MemorySetting, MemoryUse, what_saves
from v2v_tf.models.common.staged import StagedModel
from v2v_tf.storage import runs
from v2v_tf.training import run_state
from v2v_tf.training.memory_estimate import estimate

# Settings that save less than this share are not worth a line.
_WORTH = 0.02


class TrainingMemory:
    """What the stages of one training take, once its model is built.

    Args:
        config: the experiment.
        run_dir: the run, which need not be there yet.

    Attributes:
        uses: estimate of each stage, in order; empty before `measure`.
        available: what the device has, before anything was built.
        on_gpu: whether the device is a GPU.
    """

    def __init__(self, config: Config, run_dir: Path) -> None:
        self.uses: list[MemoryUse] = []
        self.available: Available | None = None
        self.on_gpu = False
        self._taken = 0
        self._replicas = 1
        self._config = config
        self._run_dir = run_dir
        self._model: StagedModel | None = None

    def last_words(self) -> str:
        """Returns what is said where the process dies without an error of its own."""
        known = named_settings(self._config)
        if self.uses:
            index = self.uses.index(self.largest)
            known = self._saves(index)
        return (
            "v2v-tf train: the process was killed or crashed, most likely because "
            f"memory ran out: {known}; checkpoints, if there are any, are in "
            f"{self._run_dir}, and the same command goes on from the last"
        )

    def look(self) -> None:
        """Asks the machine what it has; before the weights are made."""
        self.on_gpu = bool(tf.config.list_logical_devices("GPU"))
        self.available = gpu_memory() if self.on_gpu else available_memory()
        # What this process has already is part of the estimate.
        self._taken = 0 if self.on_gpu else psutil.Process().memory_info().rss

    def measure(self, model: StagedModel, size: tuple[int, int], replicas: int) -> None:
        """Estimates every stage; warns where the largest does not fit.

        Args:
            model: compiled and built.
            size: height and width of the finest frames, pixels.
            replicas: devices that share a batch.
        """
        self._model = model
        self._replicas = replicas
        stages = range(len(self._config.curriculum))
        self.uses = [estimate(model, i, size, replicas, self.on_gpu) for i in stages]
        more = self.largest.total - self._taken
        if self.available is not None and more > self.available.num_bytes:
            logging.warning("%s", self.warning())

    @property
    def largest(self) -> MemoryUse:
        """The stage that takes the most."""
        return max(self.uses, key=lambda use: use.total)

    def warning(self) -> str:
        """Returns one line on the largest stage and what there is."""
        index = self.uses.index(self.largest)
        return (
            f"stage '{self._config.curriculum[index].name}' takes about "
            f"{in_gib(self.largest.total)} of memory, and there are {self.available}: "
            f"{self._saves(index)}"
        )

    def advice(self) -> str:
        """Returns what to do where memory ran out: what saves, and how to go on."""
        if self._model is None or not self.uses:
            return f"{named_settings(self._config)}; {self._go_on()}"
        # Epochs may have been added since: the model knows the stages of this training.
        index = self._model.experiment.curriculum.index(self._model.stage)
        use = self.uses[index]
        return (
            f"stage '{self._model.stage.name}' takes about {in_gib(use.total)}: "
            f"{self._saves(index)}; {self._go_on()}"
        )

    def _saves(self, index: int) -> str:
        """Returns which settings save how much of a stage."""
        use = self.uses[index]
        found = [*settings_of(self._config, index), *self._of_device()]
        worth = [
            one
            for one in found
            if one.saves(use) > _WORTH * use.total and self._can_be_shared(one)
        ]
        if not worth:
            return (
                f"libraries and traced graphs take {in_gib(use.rest)} of it, which no "
                "setting saves"
            )
        return what_saves(worth, use)

    def _can_be_shared(self, setting: MemorySetting) -> bool:
        """Returns whether the devices can share the batch, where it is another."""
        if not setting.key.endswith(".batch_size"):
            return True
        return int(setting.change.partition("=")[2]) % self._replicas == 0

    def _of_device(self) -> list[MemorySetting]:
        """Returns mixed precision on a GPU; on a CPU it saves nothing (measured)."""
        if not self.on_gpu or self._config.runtime.precision != "float32":
            return []
        half = {"maps": 0.5, "maps_beside": 0.5}
        return [MemorySetting("runtime.precision=mixed_bfloat16", half)]

    def _go_on(self) -> str:
        found = runs.checkpoints(self._run_dir)
        if not found and not runs.is_run(self._run_dir):
            return "nothing was written yet"
        if not found:
            return "there is no checkpoint yet: begin again with --overwrite"
        free = [
            one.change
            for index in range(len(self._config.curriculum))
            for one in settings_of(self._config, index)
            if run_state.is_free(one.key)
        ]
        same = f"{free[0]} goes on in it, others" if free else "they"
        return (
            f"the last checkpoint is that of step {found[0][0]} in {self._run_dir}: "
            f"{same} need a new --run with --warm-start {self._run_dir} (with another "
            "num_filters its weights begin anew)"
        )


def settings_of(config: Config, index: int) -> list[MemorySetting]:
    """Returns the settings of a stage that its model family names."""
    return list(MODELS.get(config.model).memory_settings(config, index))


def named_settings(config: Config) -> str:
    """Returns what would need less memory, where nothing is known of how much."""
    changes: dict[str, None] = {}
    for index in range(len(config.curriculum)):
        changes |= dict.fromkeys(x.change for x in settings_of(config, index))
    if not changes:
        return "no setting of this configuration would need less"
    return f"less would be needed with {', '.join(changes)}"
