"""Describes a study: models as presets with overrides, at one budget of frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.config import Config


@dataclass(frozen=True)
class Model:
    """One row of a table.

    Attributes:
        name: in file names.
        title: in tables.
        preset: what `--config` of `v2v-tf train` names.
        overrides: its `--set` options.
        seeds: that are trained.
        first_frames: name of the model whose frames it also begins with, in a second
            evaluation; None for none.
    """

    name: str
    title: str
    preset: str
    overrides: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0,)
    first_frames: str | None = None

    def options(self, seed: int) -> tuple[str, ...]:
        """Returns what `--set` is given; previews would take from the time."""
        return (*self.overrides, "previews.clips=0", f"seed={seed}")

    def config(self, seed: int = 0) -> Config:
        """Returns the effective configuration."""
        return configuration.load_config(self.preset, self.options(seed))

    @property
    def frames_seen(self) -> int:
        """Frames that training generates or discriminates, over all stages."""
        return sum(
            stage.epochs * stage.steps_per_epoch * stage.batch_size * stage.num_frames
            for stage in self.config().curriculum
        )


@dataclass(frozen=True)
class Study:
    """A table.

    Attributes:
        name: in file names.
        title: title of the table.
        models: its rows.
        make_data: writes `train`, `tuning` and `reported` records into a folder.
        slice_row: image row of the pictures of one row over time, as a fraction.
        rollout: frames of a long roll-out, conditions to and fro; 0 for none.
    """

    name: str
    title: str
    models: tuple[Model, ...]
    make_data: Callable[[Path], None]
    slice_row: float
    rollout: int = 0


def stage(
    name: str, epochs: int, steps: int, frames: int, batch: int, more: str = ""
) -> str:
    """Returns a stage as `--set curriculum` takes it, in chunks of up to 4 frames."""
    return (
        f"{{name: {name}, epochs: {epochs}, steps_per_epoch: {steps}, num_frames: "
        f"{frames}, chunk_frames: {min(frames, 4)}, batch_size: {batch}, "
        f"learning_rate: 4.0e-4{more}}}"
    )


def curriculum(*stages: str) -> str:
    """Returns the option that sets all stages."""
    return f"curriculum=[{', '.join(stages)}]"
