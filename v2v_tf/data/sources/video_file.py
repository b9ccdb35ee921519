"""Video files, decoded frame by frame as players show them.

FFmpeg reads them, by PyAV: whatever it recognises is a video, whatever its name ends
in. Frames come upright, with square pixels, and with the time at which they are shown.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from v2v_tf.data.sources.video_display import upright
from v2v_tf.data.sources.video_journal import (
    Journal,
    Listener,
    PacketNote,
    tells_in_log_alone,
)
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


@dataclass(frozen=True)
class DecodedFrame:
    """One frame, not yet converted to pixels.

    Attributes:
        frame: as decoded.
        time: seconds at which it is shown; None where the file does not say.
        order: number of the packet that it came in.
        aspect: width of a pixel by its height.
    """

    frame: VideoFrame
    time: float | None
    order: int
    aspect: Fraction = Fraction(1)

    @property
    def interlaced(self) -> bool:
        """Whether it holds two half pictures of different moments."""
        return bool(self.frame.interlaced_frame)

    def pixels(self, stored: bool = False) -> np.ndarray:
        """Returns the picture, uint8 [H, W, 3], RGB.

        Args:
            stored: as it lies in the file, instead of upright and with square pixels.
        """
        image = self.frame.to_ndarray(format="rgb24")
        if stored:
            return image
        if self.aspect != 1:
            height, width = image.shape[:2]
            size = (max(round(width * self.aspect), 1), height)
            shrinks = size[0] < width
            how = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
            image = cv2.resize(image, size, interpolation=how)
        return upright(image, self.frame)


def is_video(path: Path) -> bool:
    """Returns whether FFmpeg reads a file as a video with pictures."""
    try:
        with _open(path) as (container, _):
            return not any(kind in container.format.name for kind in _PICTURES)
    except InputError:
        return False


def video_facts(path: Path) -> VideoFacts:
    """Reads what a video says of itself, without decoding it.

    Raises:
        InputError: it is no video.
    """
    with _open(path) as (container, stream):
        rate = stream.average_rate or stream.guessed_rate or stream.base_rate
        return VideoFacts(
            fps=common_rate(Fraction(rate)) if rate else Fraction(25),
            num_frames=_promised(container, stream),
            seconds=_seconds(container, stream),
            has_audio=bool(container.streams.audio),
        )


def decode(
    path: Path, journal: Journal | None = None
) -> Generator[DecodedFrame, None, None]:
    """Decodes a video from front to back.

    What cannot be decoded is left out: after it nothing is given before the next frame
    that stands for itself, so that times show the gap.

    Args:
        path: the file.
        journal: empty; is given what becomes of each packet.

    Raises:
        InputError: it is no video.
    """
    with _open(path) as (container, stream):
        context = stream.codec_context
        context.copy_opaque = True
        if journal is not None:
            journal.intra = bool(context.codec.intra_only)
        listens = journal is not None and tells_in_log_alone(context.codec.name)
        waits = False
        aspect = stream.sample_aspect_ratio or Fraction(1)
        for order, (packet, lost) in enumerate(_packets(container, stream)):
            note = PacketNote(
                packet.pts,
                is_key=packet.is_keyframe,
                promises=bool(packet.size) and not packet.is_discard,
                damaged=lost and not packet.is_keyframe,
                follows_loss=lost,
            )
            if journal is not None:
                journal.packets.append(note)
            if waits and not packet.is_keyframe and packet.size:
                note.skipped = note.damaged = True
                continue
            packet.opaque = _Order(order)
            frames = _decode(packet, note, listens)
            if frames is None:
                waits = note.skipped = note.damaged = True
                context.flush_buffers()
                continue
            waits = False
            for frame in frames:
                own = frame.opaque if isinstance(frame.opaque, int) else order
                if journal is not None:
                    journal.came(own, bool(frame.key_frame), bool(frame.is_corrupt))
                yield DecodedFrame(frame, frame.time, own, aspect)


class _Order(int):
    """Numbers a packet, by an object of its own.

    PyAV finds what travels with packets by the address of the object, and forgets it
    with the first packet that is freed: equal small integers are one object, which
    packets of several videos would share.
    """


def _decode(
    packet: av.Packet, note: PacketNote, listens: bool
) -> list[VideoFrame] | None:
    """Returns the frames that a packet completes; None where it is refused."""
    listener = Listener()
    try:
        with listener if listens else contextlib.nullcontext():
            frames: list[VideoFrame] = packet.decode()
    except av.FFmpegError:
        return None
    note.damaged |= listener.tells_of_damage
    return frames


def _packets(
    container: InputContainer, stream: VideoStream
) -> Iterator[tuple[av.Packet, bool]]:
    """Gives the packets of a stream; a file that breaks off ends there.

    Yields:
        A packet, and whether a part of the file before it was lost.
    """
    packets = container.demux(stream)
    listener = Listener()
    breaks_off = False
    while True:
        try:
            with listener:
                packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        # Transport streams mark the packet after whose beginning parts are lost.
        yield packet, listener.tells_of_loss or breaks_off
        breaks_off = packet.is_corrupt


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
def _open(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
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
