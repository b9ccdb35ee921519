"""Parts of a video, joined with sound."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from v2v_tf.errors import InputError
from v2v_tf.visualization.video_parts import LOSSLESS, Sound, join_parts, open_part

RATE = 8000


def _parts(folder: Path, counts: tuple[int, ...], suffix: str = ".mp4"):
    parts, begin = [], 0.0
    for number, count in enumerate(counts):
        path = folder / f"part{number}{suffix}"
        more = (LOSSLESS,) if suffix == ".mkv" else ()
        with open_part(path, (32, 64), Fraction(10), *more) as append:
            for index in range(count):
                image = np.full((32, 64, 3), (20 * index + number) % 256, np.uint8)
                append(image, index / 10)
        parts.append((path, begin))
        begin += count / 10
    return parts


def _tone(path: Path, seconds: float, codec: str, layout: str, begin: float = 0.0):
    """A click at the end of each half second, in sound alone."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=RATE, layout=layout)
        kind = stream.codec_context.format.name
        channels = stream.codec_context.layout.nb_channels
        samples = np.zeros(int(seconds * RATE), np.float32)
        samples[RATE // 2 - 40 :: RATE // 2] = 0.9
        size = 1024
        for start in range(0, len(samples), size):
            part = samples[None, start : start + size].repeat(channels, axis=0)
            frame = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(part), format="fltp", layout=layout
            )
            frame.sample_rate, frame.pts = RATE, start + round(begin * RATE)
            for resampled in av.AudioResampler(kind, layout, RATE).resample(frame):
                container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    return path


def _heard(path: Path) -> tuple[np.ndarray, float, str]:
    """Returns the samples of the first channel, when they begin, and the layout."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        frames = list(container.decode(stream))
        layout = stream.codec_context.layout.name
    resampler = av.AudioResampler("fltp", "mono", RATE)
    found = [r.to_ndarray()[0] for f in frames for r in resampler.resample(f)]
    return np.concatenate(found), frames[0].time, layout


@pytest.mark.parametrize(
    ("file", "codec", "layout"),
    [
        ("sound.wav", "pcm_s16le", "mono"),
        ("sound.wav", "pcm_s16le", "stereo"),
        ("sound.mp4", "aac", "mono"),
    ],
)
def test_sound_keeps_its_channels_and_length(tmp_path, file, codec, layout):
    sound = _tone(tmp_path / file, 2.0, codec, layout)
    join_parts(_parts(tmp_path, (12, 8)), tmp_path / "video.mp4", Sound(sound))
    samples, begin, found = _heard(tmp_path / "video.mp4")
    assert found == layout and begin == pytest.approx(0.0, abs=0.01)
    # AAC fills its last frames up.
    assert len(samples) / RATE == pytest.approx(2.0, abs=0.3)
    with av.open(str(tmp_path / "video.mp4")) as video:
        times = [frame.time for frame in video.decode(video=0)]
    np.testing.assert_allclose(times, np.arange(20) / 10, atol=1e-3)


def test_sound_lies_among_the_pictures(tmp_path):
    sound = _tone(tmp_path / "sound.wav", 6.0, "pcm_s16le", "mono")
    join_parts(_parts(tmp_path, (30, 30)), tmp_path / "video.mp4", Sound(sound))
    with av.open(str(tmp_path / "video.mp4")) as video:
        found = sorted(
            (packet.pos, packet.stream.type, float(packet.dts * packet.time_base))
            for packet in video.demux()
            if packet.dts is not None
        )
    times = {"video": 0.0, "audio": 0.0}
    for _, kind, time in found:
        times[kind] = time
        # Pictures are decoded ahead of their time, by some frames.
        assert abs(times["video"] - times["audio"]) < 0.8


@pytest.mark.parametrize(("file", "codec"), [("s.wav", "pcm_s16le"), ("s.mp4", "aac")])
def test_sound_is_shifted_to_the_first_picture(tmp_path, file, codec):
    sound = _tone(tmp_path / file, 2.0, codec, "mono")
    join_parts(_parts(tmp_path, (16,)), tmp_path / "video.mp4", Sound(sound, 0.3))
    samples, begin, _ = _heard(tmp_path / "video.mp4")
    loud = np.flatnonzero(np.abs(samples) > 0.3)
    clicks = begin + loud[np.insert(np.diff(loud) > 400, 0, True)] / RATE
    # At 0.495, 0.995, 1.495 and 1.995 s of the sound.
    np.testing.assert_allclose(clicks[:3], [0.195, 0.695, 1.195], atol=0.02)
    assert begin >= 0


def test_no_sound_and_no_parts(tmp_path):
    join_parts(_parts(tmp_path, (3,), ".mkv"), tmp_path / "video.mkv")
    with av.open(str(tmp_path / "video.mkv")) as video:
        assert not video.streams.audio
        assert sum(1 for _ in video.decode(video=0)) == 3
    with pytest.raises(InputError, match="expected one frame or more"):
        join_parts([], tmp_path / "video.mp4")
