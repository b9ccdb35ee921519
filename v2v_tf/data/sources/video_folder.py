"""Videos among the files of a folder, and what is said of the others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from absl import logging

from v2v_tf.data.sources.video_file import is_video
from v2v_tf.tasks import files as source_files

_SKIPPED_NAMED = 5
# Covers and stills, which lie beside videos and are no frames.
_STRAY_PICTURES = 3
# Files that were meant as videos, also where nothing can be read of them.
_VIDEO_SUFFIXES = frozenset(
    {
        *(".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg", ".wmv"),
        *(".gif", ".mts", ".m2ts", ".3gp", ".flv", ".ogv"),
    }
)


def prefers_videos(folder: Path) -> bool:
    """Returns whether the videos of a folder are meant, and not its pictures.

    So it is where the pictures are few, or no more than the videos, as covers are.
    Where the pictures are meant, videos beside them are named in one warning.
    """
    files = [path for path in source_files.list_all(folder) if path.is_file()]
    endings = source_files.IMAGE_SUFFIXES
    others = [path for path in files if path.suffix.lower() not in endings]
    num_pictures = len(files) - len(others)
    # Thousands of annotations beside as many frames are not opened one by one.
    videos = (
        _videos_among(others)
        if num_pictures <= _STRAY_PICTURES
        else [path for path in others if path.suffix.lower() in _VIDEO_SUFFIXES]
    )
    if not videos or num_pictures <= max(_STRAY_PICTURES, len(videos)):
        return bool(videos)
    logging.warning(
        "%s: its %d pictures are taken as the frames of one sequence; left out %s: to "
        "read videos, put them into a folder of their own",
        folder,
        num_pictures,
        _named(videos),
    )
    return False


def find_videos(folder: Path) -> list[Path]:
    """Returns the video files of a folder, in natural order.

    Those are what FFmpeg reads as one, and what is called one: it is refused later, by
    name. Other files are named in one warning.
    """
    files = [path for path in source_files.list_all(folder) if path.is_file()]
    videos = _videos_among(files)
    others = [path for path in files if path not in set(videos)]
    if videos and others:
        logging.warning(
            "%s: left out %s, no videos that FFmpeg reads", folder, _named(others)
        )
    return videos


def _videos_among(files: Sequence[Path]) -> list[Path]:
    return [
        path
        for path in files
        if path.suffix.lower() in _VIDEO_SUFFIXES or is_video(path)
    ]


def _named(files: Sequence[Path]) -> str:
    names = ", ".join(path.name for path in files[:_SKIPPED_NAMED])
    more = len(files) - _SKIPPED_NAMED
    return f"{names} and {more} more" if more > 0 else names
