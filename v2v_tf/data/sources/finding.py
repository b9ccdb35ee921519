"""Finds the layout of a source: folders, Cityscapes, or video files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.data.sources import cityscapes, folders, video, video_folder
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.errors import InputError
from v2v_tf.tasks.registry import task_of


class NoSequencesError(InputError):
    """Tells that a source has no layout in which sequences are looked for."""


def list_sequences(
    path: str | Path, config: Config, need_frames: bool = True
) -> Iterator[Sequence | BadClip]:
    """Lists the sequences of a source, in natural order, and what is unusable.

    Args:
        path: root of the layout of NVIDIA/vid2vid or of Cityscapes, a folder of
            pictures, a video file, or a folder of video files.
        config: the task and its conditioning say which files are needed.
        need_frames: whether every condition needs its real frame, as in training; a
            trained model needs conditions alone.

    Returns:
        An iterator over sequences, and over bad ones with the reason.

    Raises:
        InputError: nothing there, or a layout the task cannot use; it says which
            layout is expected.
    """
    root = Path(path)
    if not root.exists():
        raise InputError(f"no source at {root}: name an existing folder or video file")
    return map(_nameable, _listed(root, config, need_frames))


def _nameable(one: Sequence | BadClip) -> Sequence | BadClip:
    """Returns a sequence; bad where its name cannot be written to any text file."""
    name = one.name if isinstance(one, Sequence) else one.clip
    try:
        name.encode()
    except UnicodeError:
        readable = os.fsencode(name).decode(errors="backslashreplace")
        return BadClip(
            os.fsencode(one.path).decode(errors="backslashreplace"),
            readable,
            f"the name {readable} is not UTF-8: rename it, or mount the disk so that "
            "names come as UTF-8",
        )
    return one


def _listed(
    root: Path, config: Config, need_frames: bool
) -> Iterator[Sequence | BadClip]:
    if root.is_file():
        return video.list_videos([root], root, config)
    if cityscapes.is_cityscapes(root):
        return cityscapes.list_snippets(root, config, need_frames)
    if folders.has_layout(root, config):
        return folders.list_folders(root, config, need_frames)
    if cityscapes.has_labels(root):
        return cityscapes.list_snippets(root, config, need_frames)
    takes_videos = task_of(config).takes_videos(config)
    is_sequence = folders.is_sequence(root, config, need_frames)
    if is_sequence and not (takes_videos and video_folder.prefers_videos(root)):
        return folders.list_flat(root, config, need_frames)
    videos = video_folder.find_videos(root)
    if videos:
        return video.list_videos(videos, root, config)
    raise NoSequencesError(
        f"{root} holds no sequences for task {config.task}: expected "
        f"{folders.describe_layout(config, need_frames)}"
    )
