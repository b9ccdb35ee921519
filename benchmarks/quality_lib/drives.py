"""Does a long video keep its looks? Drives through streets that nobody trained on."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from quality_lib import evaluation
from quality_lib.seen import SEGMENTER
from v2v_tf.apps.evaluation.failure_scenes import clip_of
from v2v_tf.apps.segmentation.segmenter import Segmenter
from v2v_tf.metrics import image, spectrum
from v2v_tf.metrics.frechet import frechet_of_features
from v2v_tf.metrics.instances import color_error
from v2v_tf.toy_street.street import ToyStreet

ENDS = 30  # frames at either end that are compared
_SEED = 70_000  # of the first drive, far from those of clips


def measure(
    run: Path, num_drives: int, num_frames: int, first_frame_run: Path | None = None
) -> dict[str, float]:
    """Generates drives and compares their ends.

    Args:
        run: the trained model, of the toy street.
        num_drives: number of streets.
        num_frames: frames of each, with those that are given.
        first_frame_run: makes the first frames; None for real ones.

    Returns:
        For `first` and `last` 30 frames of all drives: `psnr`, `color_error`,
        `frechet` (against the real ones, pooled); and by the real ones' `sharpness`,
        `contrast`, `grid_peak`.
    """
    synthesizer = evaluation.load(run, first_frame_run)
    height, width = evaluation.size_of(synthesizer.config)
    segmenter = Segmenter.load(SEGMENTER)
    ends = {"first": slice(None, ENDS), "last": slice(-ENDS, None)}
    numbers: dict[str, list[float]] = {}
    features: dict[tuple[str, str], list[np.ndarray]] = {}
    for drive in range(num_drives):
        clip = clip_of(ToyStreet(_SEED + drive, (height, width), num_frames))
        made = evaluation.rollout(synthesizer, clip).fake_frames
        real = clip.require("frames")[evaluation.HISTORY :]
        ids = clip.require("instances")[evaluation.HISTORY :]
        for name, at in ends.items():
            here, there = made[at], real[at]
            values = {"psnr": image.psnr(here, there)}
            for what, of in (
                ("sharpness", image.sharpness),
                ("contrast", image.contrast),
                ("grid_peak", spectrum.grid_peak),
            ):
                values[what] = of(here) / of(there)
            values["color_error"] = color_error(here, there, ids[at])
            for what, value in values.items():
                numbers.setdefault(f"{what}_{name}", []).append(value)
            for kind, frames in (("fake", here), ("real", there)):
                found = segmenter.segment(frames).features
                features.setdefault((name, kind), []).append(found)
        print(f"drive {drive + 1} of {num_drives}", file=sys.stderr, flush=True)
    found = {name: float(np.nanmean(values)) for name, values in numbers.items()}
    for name in ends:
        pooled = (np.concatenate(features[name, kind]) for kind in ("fake", "real"))
        found[f"frechet_{name}"] = frechet_of_features(*pooled)
    return found
