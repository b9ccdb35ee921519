"""Frames a second of decoding a video: PyAV, which reads sources here, and OpenCV.

    python benchmarks/decoding.py --width 1280 --frames 150 --rounds 7

Both bring a copy of FFmpeg and give RGB pixels of every frame of one H.264 file. PyAV
is measured as sources are read (`data/sources/video_file.py`: upright, square pixels,
times, damage) and bare. In turns, so that other load counts for all alike; medians, and
the median of the ratios within a round. `--threads` holds OpenCV and bare PyAV to so
many threads.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import av
import cv2
import numpy as np

from v2v_tf.data.sources.video_decoding import decode


def write(path: Path, width: int, num_frames: int) -> None:
    """Writes a video of a pattern that moves, H.264 of usual quality."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 256, (width // 32, width // 8, 3), np.uint8)
    pattern = cv2.resize(small, (2 * width, width // 2), interpolation=cv2.INTER_CUBIC)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "20"})
        stream.width, stream.height, stream.pix_fmt = width, width // 2, "yuv420p"
        for number in range(num_frames):
            shown = np.roll(pattern, 3 * number, axis=1)[:, :width]
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(shown), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def as_sources_are_read(path: Path, _threads: int) -> int:
    """Decodes with `decode`; returns the frames."""
    return sum(1 for frame in decode(path) if frame.pixels().size)


def bare_pyav(path: Path, threads: int) -> int:
    """Decodes with PyAV alone; returns the frames."""
    with av.open(str(path)) as container:
        if threads:
            container.streams.video[0].codec_context.thread_count = threads
        frames = container.decode(video=0)
        return sum(1 for frame in frames if frame.to_ndarray(format="rgb24").size)


def opencv(path: Path, threads: int) -> int:
    """Decodes with OpenCV; returns the frames."""
    options = [cv2.CAP_PROP_N_THREADS, threads] if threads else []
    capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG, options)
    count = 0
    while True:
        there, image = capture.read()
        if not there:
            break
        count += cv2.cvtColor(image, cv2.COLOR_BGR2RGB).size > 0
    capture.release()
    return count


def main() -> None:
    """Prints a row for each way to decode."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0, help="0: as they choose.")
    args = parser.parse_args()
    ways: dict[str, Callable[[Path, int], int]] = {
        "OpenCV": opencv,
        "PyAV, bare": bare_pyav,
        "PyAV, as sources are read": as_sources_are_read,
    }
    rates: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "video.mp4"
        write(path, args.width, args.frames)
        for _ in range(args.rounds + 1):
            for name, way in ways.items():
                began = time.perf_counter()
                count = way(path, args.threads)
                rates[name].append(count / (time.perf_counter() - began))
                if count != args.frames:
                    raise SystemExit(f"{name} gave {count} frames of {args.frames}")
    print(f"{args.frames} frames of {args.width}x{args.width // 2}, H.264")
    print("| | frames a second | of OpenCV, paired |\n|---|---|---|")
    # The first round warms up files and libraries.
    base = rates["OpenCV"][1:]
    for name, found in rates.items():
        pairs = [one / other for one, other in zip(found[1:], base, strict=True)]
        print(
            f"| {name} | {statistics.median(found[1:]):.0f} | "
            f"{statistics.median(pairs):.2f} |"
        )


if __name__ == "__main__":
    main()
