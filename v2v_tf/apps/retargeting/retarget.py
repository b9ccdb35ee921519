"""Drives a model of one person by the poses or the face of another (`retarget`).

Writes the driver's clip, fitted to the person the model was trained on, in the folder
layout of NVIDIA/vid2vid (https://github.com/NVIDIA/vid2vid), so that `prepare`,
`generate` and `stream` take it. The
pictures beside it are the reference's: for each frame the one that looks most alike.
They give the size, what a model may begin with (`first_frames: given`) and a nearest
neighbour to look at; what a metric says against them means nothing.

Neither DensePose nor the edges of a background can be fitted to other points: models
that read them are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from v2v_tf.apps.retargeting.clips import read_clip
from v2v_tf.apps.retargeting.completion import complete
from v2v_tf.apps.retargeting.preview import VIDEO, write_preview
from v2v_tf.apps.retargeting.writing import count_outside, write_clip
from v2v_tf.config import TASKS, Config
from v2v_tf.data.input.stream import SequenceChoice
from v2v_tf.errors import InputError
from v2v_tf.inference.job import Destination, Job
from v2v_tf.storage.runs import CONFIG_FILE, load_config
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.points_over_time import is_detected, nearest_frames, smooth
from v2v_tf.tasks.registry import task_of

SOURCE_FOLDER = "source"


@dataclass(frozen=True)
class RetargetOptions:
    """Holds what a user may choose.

    Attributes:
        proportions: `global`: one scale for all; `limbs` (pose) and `parts` (face):
            the reference's proportions; None for these.
        smooth: frames of the median over time, odd; None for 5 of faces and 1 (none)
            of poses.
        missing: `fill`: from the frames around; `drop`: leave out frames that lack a
            point which the reference always shows (of poses, a body point); `keep`.
        max_gap: frames; what is missing longer is not filled.
    """

    proportions: Literal["global", "limbs", "parts"] | None = None
    smooth: int | None = None
    missing: Literal["fill", "drop", "keep"] = "fill"
    max_gap: int = 10


@dataclass(frozen=True)
class RetargetResult:
    """Says what retargeting did to a clip.

    Attributes:
        scale: the reference's size divided by the source's.
        anchor: points by which skeletons were placed; None for faces.
        num_frames: number of frames in the result.
        num_filled: points that were filled, over all frames.
        num_lacking: frames that still lack a point which the reference always shows.
        num_outside: frames of which a point lies outside the picture.
        dropped: names of the source's frames that were left out.
    """

    scale: float
    anchor: str | None
    num_frames: int
    num_filled: int
    num_lacking: int
    num_outside: int
    dropped: tuple[str, ...]


def retarget(
    source: SequenceChoice,
    reference: SequenceChoice,
    destination: Destination,
    options: RetargetOptions,
    *,
    config: Config | None = None,
    run_dir: str | Path | None = None,
) -> RetargetResult:
    """Fits a clip to another person, and writes it with a preview.

    Where a pose's file shows several people, one is followed (`people.follow`).

    Args:
        source: the driver's poses or landmarks, in the layout of `prepare`; pictures
            are not needed.
        reference: a clip of the person the model was trained on, with pictures.
        destination: folder of `source/`, with `config.yaml` to prepare it,
            `preview.mp4` and `preview.png`.
        options: proportions, smoothing and what becomes of missing points.
        config: configuration of the driven model; None for that of `run_dir`.
        run_dir: run of the model; None where `config` is given.

    Returns:
        What was done.

    Raises:
        InputError: a configuration, source, reference or output that cannot be used.
    """
    if run_dir is not None:
        config = load_config(Path(run_dir))
    if config is None:
        raise InputError("retarget needs a configuration or the run of a model")
    points_of, proportions = _check(config, options)
    read = (source.path, reference.path)
    job = Job(
        "result of retarget",
        (f"{SOURCE_FOLDER}/{CONFIG_FILE}", VIDEO),
        destination,
        read if run_dir is None else (*read, run_dir),
    )
    job.check()
    driver = read_clip(source, config, "--sequence")
    target = read_clip(reference, config, "--reference-sequence").with_pictures()
    if not target.images:
        raise InputError(
            f"{reference.path} must have the pictures of {target.name} in train_img/, "
            "as it had in training: they give the size of the result"
        )
    if not is_detected(target.points).any():
        raise InputError(
            f"{target.path}: expected {config.task} points in frames that have a "
            "picture, got none"
        )
    points, kept, num_lacking = complete(
        driver, target, points_of, options.missing, options.max_gap
    )
    num_filled = int(is_detected(points).sum() - is_detected(driver.points[kept]).sum())
    window = points_of.smoothing if options.smooth is None else options.smooth
    points = smooth(points, window)
    result, scale, anchor = points_of.fit(points, target.points, proportions)
    stems = [driver.stems[index] for index in kept]
    num_outside = count_outside(result, stems, target.size)
    shown = nearest_frames(result, target.points)
    pictures = target.pictures()
    images = [pictures[index] for index in shown]
    with job.making() as working:
        folder = working / SOURCE_FOLDER
        write_clip(folder, driver.name, stems, result, images, config)
        nearest, fps = shown.tolist(), destination.rate()
        write_preview(working, points_of, driver, kept, target, nearest, result, fps)
    left_out = sorted(set(driver.stems) - set(stems))
    return RetargetResult(
        scale=scale,
        anchor=anchor,
        num_frames=len(stems),
        num_filled=num_filled,
        num_lacking=num_lacking,
        num_outside=num_outside,
        dropped=tuple(left_out),
    )


def _check(config: Config, options: RetargetOptions) -> tuple[PointFormat, str]:
    """Refuses what cannot be retargeted; returns the points and their proportions."""
    points = task_of(config).points()
    if points is None:
        able = [name for name in TASKS.names() if TASKS.get(name).points() is not None]
        raise InputError(
            f"retarget is for the tasks {' and '.join(able)}, got {config.task}: name "
            "a --model or a --config of one of them"
        )
    points.check(config)
    choices = points.proportions
    proportions = options.proportions or choices[0]
    if proportions not in choices:
        raise InputError(
            f"--proportions of task {config.task} must be {' or '.join(choices)}, got "
            f"{proportions}"
        )
    return points, proportions
