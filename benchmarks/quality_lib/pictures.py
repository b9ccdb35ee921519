"""What the numbers look like: one row over time, moments, and clips in sync."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from quality_lib.evaluation import HISTORY
from quality_lib.study import Study
from quality_lib.trials import Place
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.tasks.pictures import colorize_conditions
from v2v_tf.visualization.panels import panel_video
from v2v_tf.visualization.sheets import contact_sheet, xt_slice
from v2v_tf.visualization.video import write_png, write_video

_CLIPS = 4
_MOMENTS = 5
_FPS = 12.0


def write_pictures(study: Study, place: Place) -> Path:
    """Writes pictures of the first seed of every model that is done; returns where."""
    folder = place.work / f"{place.split}_pictures"
    folder.mkdir(exist_ok=True)
    done = {
        model.title: np.load(place.frames(model.name, model.seeds[0]))
        for model in study.models
        if place.frames(model.name, model.seeds[0]).exists()
    }
    config = study.models[0].config()
    records = read_clips(place.data(place.split), config)
    for index, record in zip(range(_CLIPS), records, strict=False):
        real = record.frames[HISTORY:]
        tiles = {
            "condition": colorize_conditions(record.conditions[HISTORY:], config),
            "real": real,
            **{title: frames[index] for title, frames in done.items()},
        }
        row = int(study.slice_row * real.shape[1])
        slices = {name: xt_slice(t, row)[None] for name, t in tiles.items()}
        chosen = np.linspace(0, len(real) - 1, _MOMENTS).astype(int)
        name = f"clip{index}"
        write_png(folder / f"{name}_xt.png", contact_sheet(slices), overwrite=True)
        write_png(
            folder / f"{name}.png",
            contact_sheet(
                {title: tile[chosen] for title, tile in tiles.items()},
                [f"frame {HISTORY + moment}" for moment in chosen],
            ),
            overwrite=True,
        )
        write_video(folder / f"{name}.mp4", panel_video(tiles), _FPS, overwrite=True)
    return folder
