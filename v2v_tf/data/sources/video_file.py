"""Video files, decoded frame by frame as players show them.

FFmpeg reads them, by PyAV: whatever it recognises is a video, whatever its name ends
in. Frames come upright, with square pixels, and with the time at which they are shown.
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
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from v2v_tf.errors import InputError

# Readers of single pictures, which FFmpeg counts among the videos.
_PICTURES = ("image2", "_pipe", "tty")


@dataclass(frozen=True)
class VideoFacts:
    """What a video file says of itself.

    Attributes:
        fps: frames a second, as a rule.
        num_frames: frames that it promises; None where it says nothing.
        seconds: how long it is; None where it says nothing.
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
        damaged: whether the decoder filled in what it could not read.
        aspect: width of a pixel by its height.
    """

    frame: VideoFrame
    time: float | None
    damaged: bool
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
        return np.ascontiguousarray(np.rot90(image, self.frame.rotation // 90))


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
        seconds = None
        if stream.duration is not None and stream.time_base is not None:
            seconds = float(stream.duration * stream.time_base)
        return VideoFacts(
            fps=Fraction(rate) if rate else Fraction(25),
            num_frames=stream.frames or None,
            seconds=seconds,
            has_audio=bool(container.streams.audio),
        )


def decode(path: Path) -> Generator[DecodedFrame, None, None]:
    """Decodes a video from front to back.

    What cannot be decoded is left out: after it nothing is given before the next frame
    that stands for itself, so that times show the gap.

    Raises:
        InputError: it is no video.
    """
    with _open(path) as (container, stream):
        waits = False
        aspect = stream.sample_aspect_ratio or Fraction(1)
        for packet in _packets(container, stream):
            if waits and not packet.is_keyframe and packet.size:
                continue
            try:
                frames = packet.decode()
            except av.FFmpegError:
                waits = True
                stream.codec_context.flush_buffers()
                continue
            waits = False
            for frame in frames:
                damaged = bool(frame.is_corrupt)
                yield DecodedFrame(frame, frame.time, damaged, aspect)


def _packets(container: InputContainer, stream: VideoStream) -> Iterator[av.Packet]:
    """Gives the packets of a stream; a file that breaks off ends there."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except (StopIteration, av.FFmpegError):
            return
        yield packet


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
