"""Videos in parts: written a part at a time, joined without encoding them again.

A part is complete on its own, so that an interruption costs the last one alone. The
joined file has the times of the source's frames, and its sound.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer, OutputContainer

from v2v_tf.errors import InputError

# Finer than any frame rate, and exact for all usual ones.
_TIME_BASE = Fraction(1, 90_000)
# What an MP4 file holds as it is; other sound is encoded as AAC.
_COPIED_AUDIO = frozenset({"aac", "mp3", "ac3", "eac3", "alac"})
# BT.709, as its number in the standard: browsers guess for untagged video.
_BT709 = 1

Append = Callable[[np.ndarray, float], None]


@dataclass(frozen=True)
class VideoFormat:
    """How frames are stored.

    Attributes:
        suffix: ending of the file.
        codec: of FFmpeg.
        pixels: format of the pixels.
        options: of the codec.
    """

    suffix: str
    codec: str
    pixels: str
    options: tuple[tuple[str, str], ...]


H264 = VideoFormat(".mp4", "libx264", "yuv420p", (("crf", "17"), ("preset", "medium")))
LOSSLESS = VideoFormat(".mkv", "ffv1", "bgr0", ())


@contextlib.contextmanager
def open_part(
    path: Path, size: tuple[int, int], fps: Fraction, form: VideoFormat = H264
) -> Iterator[Append]:
    """Opens a part of a video.

    Args:
        path: of the file; one that is there is replaced.
        size: (height, width) of the frames; odd ones are filled up for H.264, which
            knows even ones only.
        fps: frames a second, as a rule.
        form: how frames are stored.

    Yields:
        A function that appends a frame, uint8 [H, W, 3], and takes the seconds at which
        it is shown, counted from the first frame of the part.

    Raises:
        OSError: the encoder failed, for example on a full disk.
    """
    even = form.pixels == "yuv420p"
    height, width = (side + side % 2 if even else side for side in size)
    with av.open(str(path.absolute()), "w") as container:
        # PyAV's stubs know no encoder by its name.
        stream: Any = container.add_stream(
            form.codec, rate=fps, options=dict(form.options)
        )
        stream.width, stream.height, stream.pix_fmt = width, height, form.pixels
        stream.time_base = stream.codec_context.time_base = _TIME_BASE
        if even:
            context = stream.codec_context
            context.colorspace = context.color_primaries = context.color_trc = _BT709

        def append(image: np.ndarray, time: float) -> None:
            if image.shape[:2] != size:
                raise InputError(
                    f"{path}: all frames must be {size[1]}x{size[0]}, got "
                    f"{image.shape[1]}x{image.shape[0]}"
                )
            padding = ((0, height - size[0]), (0, width - size[1]), (0, 0))
            padded = np.pad(image, padding, mode="edge")
            frame = av.VideoFrame.from_ndarray(padded, format="rgb24")
            if even:
                frame = frame.reformat(format=form.pixels, dst_colorspace="ITU709")
            frame.pts, frame.time_base = round(time / _TIME_BASE), _TIME_BASE
            container.mux(stream.encode(frame))

        yield append
        container.mux(stream.encode(None))


def join_parts(
    parts: Sequence[tuple[Path, float]], output: Path, sound: Path | None = None
) -> None:
    """Joins parts to one video.

    Args:
        parts: files of one format and size, each with the seconds at which it begins.
        output: file to write; one that is there is replaced.
        sound: video whose sound is taken along; None for none.

    Raises:
        InputError: there are no parts.
        OSError: the disk refused.
    """
    if not parts:
        raise InputError(f"{output}: expected one frame or more, got none")
    options = {"movflags": "+faststart"} if output.suffix == ".mp4" else {}
    with contextlib.ExitStack() as stack:
        container = stack.enter_context(
            av.open(str(output.absolute()), "w", options=options)
        )
        first = stack.enter_context(av.open(str(parts[0][0].absolute())))
        video: Any = container.add_stream_from_template(first.streams.video[0])
        heard = None
        if sound is not None:
            source = stack.enter_context(av.open(str(sound.absolute())))
            if source.streams.audio:
                heard = _Sound(container, source)
        for path, begin in parts:
            with av.open(str(path.absolute())) as part:
                packet: Any
                for packet in part.demux(video=0):
                    if packet.dts is None:
                        continue
                    shift = round(Fraction(begin) / packet.time_base)
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = video
                    container.mux(packet)
        if heard is not None:
            heard.write()


class _Sound:
    """Takes the sound of a file along, as it is or as AAC."""

    def __init__(self, container: OutputContainer, source: InputContainer) -> None:
        self._container = container
        self._source = source
        self._stream: Any = source.streams.audio[0]
        self._copied = self._stream.codec_context.name in _COPIED_AUDIO
        self._written: Any
        if self._copied:
            self._written = container.add_stream_from_template(self._stream)
        else:
            rate = self._stream.codec_context.sample_rate
            self._written = container.add_stream("aac", rate=rate)

    def write(self) -> None:
        if not self._copied:
            for frame in self._source.decode(self._stream):
                self._container.mux(self._written.encode(frame))
            self._container.mux(self._written.encode(None))
            return
        for packet in self._source.demux(self._stream):
            if packet.dts is not None:
                packet.stream = self._written
                self._container.mux(packet)
