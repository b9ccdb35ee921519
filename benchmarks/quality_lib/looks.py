"""What holds the looks of the toy street back: how frames are upsampled.

Every row changes one thing of the first, at the same number of frames. All float32, as
the processors they were measured on differ. Other options are rows of `recipe`.
"""

from __future__ import annotations

import functools

from quality_lib import data
from quality_lib.study import Model, Study, curriculum, stage

DECAY = ", end_learning_rate: 4.0e-5"
# Those of the first row of the study of the toy street, with three sevenths as many
# frames.
_STAGES = (
    stage("flow", 4, 50, frames=2, batch=4, more=", kind: flow"),
    stage("short", 2, 50, frames=4, batch=2),
    stage("long", 4, 40, frames=12, batch=2, more=DECAY),
)
BASE = (
    "losses.l1=8.0",
    "losses.mask=1.0",
    "optimizer.ema_decay=0.99",
    curriculum(*_STAGES),
)
CLIPS = {  # clips, frames, seed
    "train": (96, 24, 0),
    "tuning": (12, 30, 1),
    "reported": (16, 30, 9),
}


def _row(name: str, title: str, *overrides: str) -> Model:
    return Model(name, title, "toy_street", (*BASE, *overrides))


LOOKS = Study(
    name="looks",
    title="Looks: toy street, 128x64",
    models=(
        _row("base", "as it was"),
        _row("resize", "resize and convolve", "generator.upsampling=resize"),
        _row("subpixel", "sub-pixel", "generator.upsampling=subpixel"),
    ),
    make_data=functools.partial(data.toy_street, clips=CLIPS),
    slice_row=0.72,
)
