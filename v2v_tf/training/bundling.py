"""Bundles a network for first frames with the run of a video model.

Whoever generates with the run, or exports it, then needs no real frames to begin with.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.models.registry import family_of
from v2v_tf.storage import runs


def check_bundle(config: Config, first_run: Path) -> None:
    """Checks that a first-frame run serves a video model, before any training.

    Args:
        config: configuration of the video model.
        first_run: run folder of a first_frame model.

    Raises:
        InputError: the model makes no video or begins with zeros, the folder is no such
            run, or its network does not go with the configuration.
    """
    if not family_of(config).makes_video:
        raise InputError(
            "--first-frame-model goes with a video model: leave it out, or train "
            "model: vid2vid"
        )
    if config.generator.begins_alone:
        raise InputError(
            "--first-frame-model: this model begins with past frames of zeros and "
            "makes its first frames itself: leave it out, or set "
            "generator.first_frames=given"
        )
    FrameByFrame.load(first_run).check_serves(config)


def bundle(run_dir: Path, first_run: Path) -> None:
    """Copies what makes first frames into a run: configuration and newest checkpoint.

    Args:
        run_dir: run of the video model.
        first_run: run of the image generator, checked by `check_bundle`.
    """
    folder = run_dir / runs.FIRST_FRAME_FOLDER
    if folder.exists():
        return
    working = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(working, ignore_errors=True)
    runs.copy_model(first_run, working)
    working.rename(folder)
