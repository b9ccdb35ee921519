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


def _stage(
    name: str, epochs: int, steps: int, frames: int, batch: int, more: str = ""
) -> str:
    return (
        f"{{name: {name}, epochs: {epochs}, steps_per_epoch: {steps}, num_frames: "
        f"{frames}, chunk_frames: {min(frames, 4)}, batch_size: {batch}, "
        f"learning_rate: 4.0e-4{more}}}"
    )


def _curriculum(*stages: str) -> str:
    return f"curriculum=[{', '.join(stages)}]"


_DECAY = ", end_learning_rate: 4.0e-5"
_SEEDS = (0, 1, 2)
# What every model has; bfloat16 for the processors that multiply in it.
_COMMON = (
    "losses.l1=8.0",
    "losses.mask=1.0",
    "optimizer.ema_decay=0.99",
    "runtime.precision=mixed_bfloat16",
)
# 14560 frames each: 2800 of flow alone, 1200 in clips of 4, 10560 in clips of 12.
_FLOW = _stage("flow", 7, 50, frames=2, batch=4, more=", kind: flow")
_SHORT = _stage("short", 3, 50, frames=4, batch=2)
_LONG = _stage("long", 11, 40, frames=12, batch=2, more=_DECAY)
_GROWING = _curriculum(_FLOW, _SHORT, _LONG)
_NO_FLOW = _curriculum(_stage("short", 10, 50, frames=4, batch=2), _LONG)
_NOT_GROWING = _curriculum(
    _FLOW, _SHORT, _stage("short_fine", 11, 120, frames=4, batch=2, more=_DECAY)
)
_IMAGES = _curriculum(
    _stage("images", 25, 52, frames=2, batch=4),
    _stage("images_fine", 10, 52, frames=2, batch=4, more=_DECAY),
)
# The branch sees conditions alone, so what it draws cannot keep a colour, and cars,
# whose colours show, are left to the warp. It is no part of the full model here: people
# are two pixels wide, and on tuning clips the branch fills them with glaring noise.
_FOREGROUND = (
    "generator.use_foreground=true",
    "conditioning.street.foreground_labels=[7]",
)
_FULL = (*_COMMON, _GROWING)

TOY = Study(
    name="toy",
    title="Toy street, 128x64",
    models=(
        Model("full", "vid2vid", "toy_street", _FULL, _SEEDS, "frame_by_frame"),
        Model(
            "frame_by_frame",
            "frame by frame (pix2pixHD)",
            "toy_street_first_frame",
            (*_COMMON, _IMAGES),
            _SEEDS,
        ),
        Model(
            "no_flow",
            "without flow",
            "toy_street",
            (*_COMMON, "generator.use_flow=false", _NO_FLOW),
        ),
        Model(
            "no_temporal",
            "without temporal discriminators",
            "toy_street",
            (*_FULL, "discriminator.num_temporal_scales=0"),
        ),
        Model(
            "short_clips",
            "without growth: clips of 4 frames throughout",
            "toy_street",
            (*_COMMON, _NOT_GROWING),
        ),
        Model(
            "foreground",
            "with the foreground branch, for people",
            "toy_street",
            (*_COMMON, *_FOREGROUND, _GROWING),
            _SEEDS,
        ),
    ),
    make_data=data.toy_street,
    slice_row=0.72,
)

_EDGES = (
    "data.resize.load_size=192",
    "generator.num_filters=16",
    "generator.num_downsamples=2",
    "generator.num_blocks=4",
    "discriminator.num_filters=16",
    "discriminator.num_temporal_scales=1",
    "losses.perceptual_weights=none",
    "runtime.optimize_graph=false",
    *_COMMON,
)
CARPHONE = Study(
    name="carphone",
    title="Edges to video: carphone, 192x160",
    models=(
        Model("full", "vid2vid", "video_edges", (*_EDGES, _GROWING)),
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
                _IMAGES,
            ),
        ),
    ),
    make_data=functools.partial(data.carphone, overrides=_EDGES),
    slice_row=0.5,
    rollout=300,
)
STUDIES = {study.name: study for study in (TOY, CARPHONE)}
