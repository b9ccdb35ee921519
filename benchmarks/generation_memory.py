"""Memory of `v2v-tf generate --source` over a long sequence, and a long video's sound.

    python benchmarks/generation_memory.py --frames 10000 --video-frames 1000

A street of label maps without frames, 64x32, made by the tiny model with weights of
chance, which begins with zeros: what is measured is what grows with the frames, not
with the model. Resident memory of the process is read after 1,000, 5,000 and 10,000
frames (of those that there are), and its peak. Then a video of another length with a
tone goes through the tiny model of edges: frames, rate and length of the sound of what
comes out are compared with what went in.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import av
import numpy as np

from v2v_tf.apps.generation.frames import VideoFrame
from v2v_tf.apps.generation.from_source import generate_source
from v2v_tf.apps.generation.recording import Forms, Recording
from v2v_tf.apps.generation.wishes import Wishes
from v2v_tf.config import Config, load_config, to_yaml
from v2v_tf.models.vid2vid.generator import build_generator
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.training import checkpoints

_MARKS = (1, 100, 500, 1_000, 5_000, 10_000, 50_000)
_DRAWN = 40
_SMALL = ("generator.first_frames=zeros", "losses.mask=1", "losses.perceptual=0")
_RATE = 44_100


def untrained_run(config: Config, folder: Path) -> Path:
    """Returns a run of random weights."""
    folder.mkdir()
    generator = build_generator(config)
    generator.build_weights()
    checkpoints.save({"generator": generator}, folder, 0)
    (folder / "config.yaml").write_text(to_yaml(config), encoding="utf-8")
    return folder


def street(folder: Path, num_frames: int) -> Path:
    """Writes label maps alone; few are drawn, and come again and again."""
    write_clips(folder / "drawn", 1, _DRAWN, (32, 64), seed=3)
    for kind in ("train_A", "train_inst"):
        target = folder / "source" / kind / "street"
        target.mkdir(parents=True)
        (drawn,) = (folder / "drawn" / kind).iterdir()
        files = sorted(drawn.iterdir())
        for number in range(num_frames):
            os.link(files[number % _DRAWN], target / f"{number:06d}.png")
    return folder / "source"


def film(path: Path, num_frames: int, fps: int) -> Path:
    """Writes a video of noise that moves, with a tone of one channel."""
    with av.open(str(path), "w") as container:
        pictures = container.add_stream("libx264", rate=fps)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 32, "yuv420p"
        sound = container.add_stream("aac", rate=_RATE, layout="mono")
        noise = np.random.default_rng(1).integers(0, 256, (32, 128, 3), np.uint8)
        for number in range(num_frames):
            picture = np.ascontiguousarray(np.roll(noise, number, 1)[:, :64])
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        moments = np.arange(num_frames * _RATE // fps)
        tone = np.sin(2 * np.pi * 440 * moments / _RATE).astype(np.float32)
        for start in range(0, len(tone), 1024):
            part = np.ascontiguousarray(tone[None, start : start + 1024])
            heard = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            heard.sample_rate, heard.pts = _RATE, start
            container.mux(sound.encode(heard))
        container.mux(sound.encode(None))
    return path


def facts_of(path: Path) -> tuple[int, Fraction, float, str]:
    """Returns frames, rate, seconds of sound, and its channels, all decoded."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate
        frames = sum(1 for _ in container.decode(stream))
    with av.open(str(path)) as container:
        sound = container.streams.audio[0]
        layout = sound.codec_context.layout.name
        samples = sum(frame.samples for frame in container.decode(sound))
    assert rate is not None
    return frames, rate, samples / _RATE, layout


def resident() -> float:
    """Returns MB of this process that are in memory now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def peak() -> float:
    """Returns the most MB of this process that were in memory so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10


class _Watched(Recording):
    """Prints how much memory there is after so many frames."""

    def write(self, frames: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
        began = time.monotonic()
        for frame in super().write(frames):
            if frame.index + 1 in _MARKS:
                seconds = time.monotonic() - began
                print(
                    f"| {frame.index + 1} | {resident():.0f} | {peak():.0f} | "
                    f"{seconds:.0f} |",
                    flush=True,
                )
            yield frame


def measure_street(folder: Path, num_frames: int) -> None:
    """Prints a table of memory."""
    from v2v_tf.apps.generation import from_source

    config = load_config("test/toy_street", _SMALL)
    run = untrained_run(config, folder / "street_run")
    source = street(folder, num_frames)
    from_source.Recording = _Watched  # type: ignore[misc]
    print("| frames | resident, MB | peak, MB | s |\n|---|---|---|---|")
    wishes = Wishes(forms=Forms(png=False))
    (video,) = generate_source(run, source, folder / "street_out", wishes=wishes)
    from_source.Recording = Recording  # type: ignore[misc]
    print(f"| {video.num_frames}, joined | {resident():.0f} | {peak():.0f} | |")
    shutil.rmtree(folder / "street_out")


def measure_film(folder: Path, num_frames: int, fps: int) -> None:
    """Prints what went in and what came out."""
    config = load_config("test/video_edges", _SMALL)
    run = untrained_run(config, folder / "film_run")
    path = film(folder / "film.mp4", num_frames, fps)
    wishes = Wishes(forms=Forms(png=False))
    generate_source(run, path, folder / "film_out", wishes=wishes)
    print("| | frames | frames a second | sound, s | channels |\n|---|---|---|---|---|")
    made = folder / "film_out/film/video.mp4"
    for name, file in (("source", path), ("generated", made)):
        frames, rate, seconds, layout = facts_of(file)
        print(f"| {name} | {frames} | {rate} | {seconds:.3f} | {layout} |")


def main() -> None:
    """Prints two tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--frames", type=int, default=500)
    parser.add_argument("--video-frames", type=int, default=100)
    parser.add_argument("--fps", type=int, default=25)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if args.frames:
            measure_street(Path(name), args.frames)
        if args.video_frames:
            measure_film(Path(name), args.video_frames, args.fps)


if __name__ == "__main__":
    main()
