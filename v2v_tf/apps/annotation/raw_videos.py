"""Annotates a source on its way to `prepare`, where it is raw videos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from v2v_tf.apps.annotation.annotate import annotate
from v2v_tf.apps.annotation.choosing import detector_name
from v2v_tf.apps.annotation.summary import ANNOTATIONS
from v2v_tf.config import Config
from v2v_tf.config.plugins import DETECTORS
from v2v_tf.data.sources import cityscapes, folders, video_file, video_folder
from v2v_tf.errors import InputError
from v2v_tf.tasks.registry import points_read, task_of


def is_raw(source: str | Path, config: Config) -> bool:
    """Returns whether a source is videos whose conditions are still to be found.

    Args:
        source: file or folder, as `prepare` takes it.
        config: configuration; conditions that nothing finds are none.
    """
    root = Path(source)
    if task_of(config).takes_videos(config) or not _found_folders(config):
        return False
    if root.is_file():
        return video_file.is_video(root)
    if not root.is_dir() or cityscapes.is_cityscapes(root):
        return False
    if folders.has_layout(root, config) or folders.is_sequence(root, config, False):
        return False
    return bool(video_folder.find_videos(root))


def annotated(
    source: str | Path,
    output: str | Path,
    config: Config,
    overwrite: bool,
    say: Callable[[str], None],
) -> Path:
    """Annotates raw videos into a folder beside the records.

    Args:
        source: videos, see `is_raw`.
        output: folder of the records; the annotations lie in one whose name ends in
            `_annotated` besides.
        config: the effective configuration.
        overwrite: replace earlier annotations.
        say: is given each line that a user should read.

    Returns:
        The folder to prepare.

    Raises:
        InputError: as of `annotate`, or conditions that cannot all be found.
    """
    detector = DETECTORS.get(detector_name(config))
    if detector.needs_network:
        raise InputError(
            f"{source} is raw video, and task {config.task} finds its conditions by a "
            f"network of yours: v2v-tf annotate --task {config.task} --network FILE "
            f"--source {source} --output DIR, then prepare --source DIR"
        )
    found = _found_folders(config)
    others = [
        f"train_{kind.folder}/"
        for kind in task_of(config).files(config)
        if kind.field != "image" and kind.folder not in found
    ]
    if others:
        raise InputError(
            f"{source}: the conditions of a video are found by annotate, and nothing "
            f"finds {' and '.join(others)}, which this configuration reads too: set "
            f"conditioning.{config.task} so that it does not"
        )
    output = Path(output).absolute()
    folder = output.with_name(f"{output.name}_annotated")
    if (folder / ANNOTATIONS).is_file() and not overwrite:
        raise InputError(
            f"{folder} holds annotations already: prepare those (--source {folder}), "
            "or find them anew with --overwrite"
        )
    say(f"{source} is raw video: its conditions are found first, into {folder}")
    annotate(source, folder, config, overwrite=overwrite, say=say)
    return folder


def _found_folders(config: Config) -> tuple[str, ...]:
    """Returns the folders, without the phase, that annotations of a task fill."""
    task = task_of(config)
    points, pictures = points_read(config), task.found_pictures(config)
    if points is not None:
        return (points.folder,)
    return () if pictures is None else (pictures.folder, *pictures.others)
