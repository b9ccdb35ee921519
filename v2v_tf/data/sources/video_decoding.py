"""Videos, decoded frame by frame as players show them.

Frames come upright, with square pixels, and with the time at which they are shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from v2v_tf.data.sources.video_display import upright
from v2v_tf.data.sources.video_file import open_video
from v2v_tf.data.sources.video_journal import (
    Journal,
    Listener,
    PacketNote,
    tells_in_log_alone,
)


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
    with open_video(path) as (container, stream):
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
                carried = frame.opaque
                own = carried.number if isinstance(carried, _Order) else order
                if journal is not None:
                    journal.came(own, bool(frame.key_frame), bool(frame.is_corrupt))
                yield DecodedFrame(frame, frame.time, own, aspect)


class _Order:
    """Travels from a packet to its frame, and says which packet that was.

    PyAV finds it by its address, so that each packet needs an object of its own: equal
    small integers are one object, and the end of one video would take it from another.

    Args:
        number: number of the packet in its stream, from 0.
    """

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


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
