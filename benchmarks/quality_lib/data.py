"""The clips: to train on, to choose settings on, and to report."""

from __future__ import annotations

import functools
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data.prepare.prepare import prepare
from v2v_tf.data.sources.video import VideoSequence
from v2v_tf.errors import InputError
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.visualization.video import write_png

_TOY = {  # clips, frames, seed
    "train": (96, 24, 0),
    "tuning": (6, 30, 1),
    "reported": (12, 30, 4),
}
_VIDEO = Path("data/video/carphone_pristine.mp4")
_CARPHONE = {  # frames of the video; settings are chosen on frames that are trained on
    "train": (0, 90),
    "tuning": (60, 90),
    "reported": (90, 120),
}


def toy_street(
    folder: Path,
    preset: str = "toy_street",
    clips: Mapping[str, tuple[int, int, int]] = _TOY,
) -> None:
    """Makes the records of the toy street, with exact flow.

    Args:
        folder: gets one folder of records for each split.
        preset: how they are prepared.
        clips: split to number of clips, frames of each, seed.
    """
    config = configuration.load_config(preset)
    width = config.data.resize.load_size
    for split, (num_clips, num_frames, seed) in clips.items():
        write = functools.partial(
            write_clips,
            num_clips=num_clips,
            num_frames=num_frames,
            size=(width // 2, width),
            seed=seed,
        )

        _make(folder / split, config, write)


def carphone(folder: Path, overrides: tuple[str, ...]) -> None:
    """Makes records of the first 90 and the last 30 frames, with DIS flow.

    Raises:
        InputError: the reference data are not there.
    """
    video = Path(os.environ.get("V2V_REFERENCE", "")) / _VIDEO
    if not video.is_file():
        raise InputError(
            "the carphone video belongs to the reference data: set V2V_REFERENCE to "
            "its folder"
        )
    config = configuration.load_config("video_edges", overrides)
    for split, (start, stop) in _CARPHONE.items():

        def write(
            clips_dir: Path, split: str = split, start: int = start, stop: int = stop
        ) -> None:
            images = clips_dir / "train_img" / split
            with VideoSequence(split, str(video)).open() as reader:
                for index in range(start, stop):
                    image = reader.read(index).raw.image
                    write_png(images / f"{index:06d}.png", image)

        _make(folder / split, config, write)


def _make(folder: Path, config: Config, write: Callable[[Path], None]) -> None:
    """Prepares clips, unless that was done."""
    if folder.exists():
        return
    clips = folder.with_name(f"{folder.name}.clips")
    shutil.rmtree(clips, ignore_errors=True)
    write(clips)
    prepare(clips, folder, config)
    shutil.rmtree(clips)
