"""Videos in parts: written a part at a time, joined without encoding them again.

A part is complete on its own, so that an interruption costs the last one alone. The
joined file has the times of the source's frames, and its sound, interleaved with the
pictures as players read them.
"""

from __future__ import annotations

import contextlib
import heapq
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
# Files that say how many channels they have may not say which.
_LAYOUTS = {1: "mono", 2: "stereo"}

Append = Callable[[np.ndarray, float], None]
# A packet of a stream, and the seconds by which streams are interleaved.
_Timed = tuple[float, Any]


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


@dataclass(frozen=True)
class Sound:
    """Names sound that goes with pictures.

    Attributes:
        path: video or sound file, whose first stream of sound is taken.
        start: seconds of that file at which the first picture is shown; what is heard
            before is left out.
    """

    path: Path
    start: float = 0.0


def join_parts(
    parts: Sequence[tuple[Path, float]], output: Path, sound: Sound | None = None
) -> None:
    """Joins parts to one video.

    Args:
        parts: files of one format and size, each with the seconds at which it begins.
        output: file to write; one that is there is replaced.
        sound: sound that is taken along; None for none.

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
        streams = [_pictures(parts, video)]
        if sound is not None:
            source = stack.enter_context(av.open(str(sound.path.absolute())))
            if source.streams.audio:
                streams.append(_heard(container, source, sound.start))
        for _, packet in heapq.merge(*streams, key=lambda timed: timed[0]):
            container.mux(packet)


def _pictures(parts: Sequence[tuple[Path, float]], video: Any) -> Iterator[_Timed]:
    """Gives the pictures of all parts, one after the other."""
    for path, begin in parts:
        with av.open(str(path.absolute())) as part:
            packet: Any
            for packet in part.demux(video=0):
                if packet.dts is None:
                    continue
                shift = round(Fraction(begin) / packet.time_base)
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = video
                yield _at(packet), packet


def _heard(
    container: OutputContainer, source: InputContainer, start: float
) -> Iterator[_Timed]:
    """Adds a stream of sound, and returns its packets as they are, or as AAC."""
    stream: Any = source.streams.audio[0]
    context = stream.codec_context
    if context.name in _COPIED_AUDIO:
        written: Any = container.add_stream_from_template(stream)
        return _copied(source, stream, written, start)
    layout = context.layout.name
    written = container.add_stream(
        "aac",
        rate=context.sample_rate,
        layout=_LAYOUTS.get(context.layout.nb_channels, layout),
    )
    return _encoded(source, stream, written, start)


def _copied(
    source: InputContainer, stream: Any, written: Any, start: float
) -> Iterator[_Timed]:
    for packet in source.demux(stream):
        if packet.dts is None or packet.pts is None:
            continue
        shift = round(start / packet.time_base)
        # Before 0 lies what decoders read to begin with, unless it was cut there.
        if shift > 0 and packet.pts < shift:
            continue
        packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
        packet.stream = written
        yield _at(packet), packet


def _encoded(
    source: InputContainer, stream: Any, written: Any, start: float
) -> Iterator[_Timed]:
    for frame in source.decode(stream):
        if frame.pts is not None:
            shift = round(start / frame.time_base)
            if frame.pts < shift:
                continue
            frame.pts -= shift
        for packet in written.encode(frame):
            yield _at(packet), packet
    for packet in written.encode(None):
        yield _at(packet), packet


def _at(packet: Any) -> float:
    """Returns the seconds at which a packet is to be decoded."""
    moment = packet.dts if packet.dts is not None else packet.pts
    return float((moment or 0) * packet.time_base)
