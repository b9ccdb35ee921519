"""The studies: is the video model better than frame by frame?"""

from __future__ import annotations

import functools

from quality_lib import data
from quality_lib.looks import LOOKS
from quality_lib.recipe import RECIPE
from quality_lib.study import Model, Study, curriculum, stage

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
_FLOW = stage("flow", 7, 50, frames=2, batch=4, more=", kind: flow")
_SHORT = stage("short", 3, 50, frames=4, batch=2)
_LONG = stage("long", 11, 40, frames=12, batch=2, more=_DECAY)
_GROWING = curriculum(_FLOW, _SHORT, _LONG)
_NO_FLOW = curriculum(stage("short", 10, 50, frames=4, batch=2), _LONG)
_NOT_GROWING = curriculum(
    _FLOW, _SHORT, stage("short_fine", 11, 120, frames=4, batch=2, more=_DECAY)
)
_IMAGES = curriculum(
    stage("images", 25, 52, frames=2, batch=4),
    stage("images_fine", 10, 52, frames=2, batch=4, more=_DECAY),
)
# The branch sees conditions alone, so what it draws cannot keep a colour, and cars,
# whose colours show, are left to the warp. It is no part of the full model here: people
# are two pixels wide, and on tuning clips the branch fills them with glaring noise.
_FOREGROUND = (
    "generator.use_foreground=true",
    "conditioning.street.foreground_labels=[7]",
)
_FULL = (*_COMMON, _GROWING)
# What the study `recipe` found good, put together; as many frames.
_LOOKS = (
    *_COMMON,
    "generator.upsampling=resize",
    "style.num_features=6",
    "style.num_downsamples=3",
    "losses.l1=2.0",
    "losses.mask=0",
    curriculum(
        _FLOW,
        stage("short", 3, 100, frames=4, batch=1),
        stage("long", 11, 80, frames=12, batch=1, more=f"{_DECAY}, history_noise: 8"),
    ),
)

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
            "looks",
            "with styles, one clip a step, no mask regulariser",
            "toy_street",
            _LOOKS,
            _SEEDS,
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
STUDIES = {study.name: study for study in (TOY, CARPHONE, LOOKS, RECIPE)}
