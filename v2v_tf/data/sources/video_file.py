"""Video files, and what they say of themselves.

FFmpeg reads them, by PyAV: whatever it recognises is a video, whatever its name ends
in.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from v2v_tf.data.sources.video_times import common_rate
from v2v_tf.errors import InputError

# Readers of single pictures, which FFmpeg counts among the videos.
_PICTURES = ("image2", "_pipe", "tty")
_CLOCK = re.compile(r"(\d+):(\d+):([\d.]+)")


@dataclass(frozen=True)
class VideoFacts:
    """What a video file says of itself.

    Attributes:
        fps: frames a second, as a rule.
        num_frames: frames that it promises to show; None where it says nothing.
        seconds: how long its pictures last; None where it says nothing.
        has_audio: whether it has sound.
    """

    fps: Fraction
    num_frames: int | None
    seconds: float | None
    has_audio: bool


def is_video(path: Path) -> bool:
    """Returns whether FFmpeg reads a file as a video with pictures."""
    try:
        with open_video(path) as (container, _):
            return not any(kind in container.format.name for kind in _PICTURES)
    except InputError:
        return False


def video_facts(path: Path) -> VideoFacts:
    """Reads what a video says of itself, without decoding it.

    Raises:
        InputError: it is no video.
    """
    with open_video(path) as (container, stream):
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        return VideoFacts(
            fps=common_rate(Fraction(rate)) if rate else Fraction(25),
            num_frames=_promised(container, stream),
            seconds=_seconds(container, stream),
            has_audio=bool(container.streams.audio),
        )


def _promised(container: InputContainer, stream: VideoStream) -> int | None:
    """Returns the frames that a file says are shown of it.

    Its index leaves out those that an edit list hides, and those that hold the one
    before and so are empty.
    """
    entries = stream.index_entries
    if not stream.frames or not len(entries):
        return stream.frames or None
    is_whole = "mov" in container.format.name or (
        container.format.name == "avi"
        and entries[len(entries) - 1].timestamp + 1 >= stream.frames
    )
    if not is_whole:
        return int(stream.frames)
    return min(stream.frames, sum(not entry.is_discard for entry in entries))


def _seconds(container: InputContainer, stream: VideoStream) -> float | None:
    """Returns how long a file says that its pictures last."""
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    parts = _CLOCK.fullmatch(stream.metadata.get("DURATION", ""))
    if parts:
        hours, minutes, seconds = (float(part) for part in parts.groups())
        return 3600 * hours + 60 * minutes + seconds
    if container.duration is None or container.streams.audio:
        return None
    return container.duration / av.time_base


@contextlib.contextmanager
def open_video(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Opens a video, and gives its container and the stream of its pictures.

    Raises:
        InputError: it is no video.
    """
    # An absolute path: FFmpeg takes what stands before a colon for a protocol.
    name = str(path.absolute())
    try:
        container = av.open(name, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        size = path.stat().st_size if path.is_file() else 0
        raise InputError(f"{path}: not a readable video ({size} bytes)") from error
    with container:
        moving = [one for one in container.streams.video if not _is_cover(one)]
        if not moving:
            cover = " and the picture of a cover" if container.streams.video else ""
            raise InputError(
                f"{path}: holds no moving pictures, only sound or text{cover}"
            )
        yield container, moving[0]


def _is_cover(stream: VideoStream) -> bool:
    """Returns whether a stream is one picture, as of the cover of a song."""
    return bool(stream.disposition & Disposition.attached_pic)
