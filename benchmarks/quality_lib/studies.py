"""What is compared: models as presets with overrides, at one budget of frames."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quality_lib import data
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
        return configuration.load(self.preset, self.options(seed))

    @property
    def frames_seen(self) -> int:
        """Frames that training generates or judges, over all stages."""
        return sum(
            stage.epochs * stage.steps_per_epoch * stage.batch_size * stage.num_frames
            for stage in self.config().curriculum
        )


@dataclass(frozen=True)
class Study:
    """A table.

    Attributes:
        name: in file names.
        title: of the table.
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


def _stages(*stages: str) -> str:
    return f"curriculum=[{', '.join(f'{{{stage}}}' for stage in stages)}]"


_FOREGROUND = "generator.use_foreground=true"
_FLOW = (
    "name: flow, kind: flow, epochs: 5, steps_per_epoch: 50, num_frames: 2, "
    "chunk_frames: 2, batch_size: 4, learning_rate: 4.0e-4"
)
_LONG = (
    "name: long, epochs: 5, steps_per_epoch: 40, num_frames: 12, chunk_frames: 4, "
    "batch_size: 2, learning_rate: 4.0e-4, end_learning_rate: 4.0e-5"
)


def _short(epochs: int, more: str = "") -> str:
    return (
        f"name: short{more and '_fine'}, epochs: {epochs}, steps_per_epoch: 50, "
        f"num_frames: 4, chunk_frames: 4, batch_size: 2, learning_rate: 4.0e-4{more}"
    )


def _images(epochs: int, more: str = "") -> str:
    return (
        f"name: images{more and '_fine'}, epochs: {epochs}, steps_per_epoch: 50, "
        f"num_frames: 2, chunk_frames: 2, batch_size: 4, learning_rate: 4.0e-4{more}"
    )


_DECAY = ", end_learning_rate: 4.0e-5"
_SEEDS = (0, 1, 2)
# 7600 frames each: 2000 of flow alone, 800 in clips of 4, 4800 in clips of 12.
_FULL = (_FOREGROUND, _stages(_FLOW, _short(2), _LONG))

TOY = Study(
    name="toy",
    title="Toy street, 128x64",
    models=(
        Model("full", "vid2vid", "toy_street", _FULL, _SEEDS, "frame_by_frame"),
        Model(
            "frame_by_frame",
            "frame by frame (pix2pixHD)",
            "toy_street_first_frame",
            (_stages(_images(14), _images(5, _DECAY)),),
            _SEEDS,
        ),
        Model(
            "no_flow",
            "without flow",
            "toy_street",
            (_FOREGROUND, "generator.use_flow=false", _stages(_short(7), _LONG)),
        ),
        Model(
            "no_temporal",
            "without temporal discriminators",
            "toy_street",
            (*_FULL, "discriminator.num_temporal_scales=0"),
        ),
        Model(
            "no_foreground",
            "without foreground branch",
            "toy_street",
            (*_FULL, "generator.use_foreground=false"),
        ),
        Model(
            "short_clips",
            "without growth: clips of 4 frames throughout",
            "toy_street",
            (_FOREGROUND, _stages(_FLOW, _short(4), _short(10, _DECAY))),
        ),
    ),
    make_data=data.toy_street,
    slice_row=0.72,
)

_EDGES = (
    "data.resize.load_size=176",
    "generator.num_filters=16",
    "generator.num_downsamples=2",
    "generator.num_blocks=4",
    "discriminator.num_filters=16",
    "discriminator.num_temporal_scales=1",
    "losses.perceptual_weights=none",
    "losses.l1=10.0",
    "runtime.optimize_graph=false",
)
CARPHONE = Study(
    name="carphone",
    title="Edges to video: carphone, 176x144",
    models=(
        Model("full", "vid2vid", "video_edges", (*_EDGES, _FULL[1])),
        Model(
            "frame_by_frame",
            "frame by frame (pix2pixHD)",
            "video_edges",
            (
                *_EDGES,
                "model=first_frame",
                "first_frame.num_filters=16",
                "first_frame.num_downsamples=2",
                "first_frame.num_blocks=4",
                _stages(_images(14), _images(5, _DECAY)),
            ),
        ),
    ),
    make_data=functools.partial(data.carphone, overrides=_EDGES),
    slice_row=0.5,
    rollout=300,
)
STUDIES = {study.name: study for study in (TOY, CARPHONE)}
