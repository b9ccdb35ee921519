"""What serving costs: the wire, many streams, smaller states.

    python benchmarks/serving.py latency  # sizes and precisions, without and with gRPC
    python benchmarks/serving.py freeze   # weights as variables and as constants
    python benchmarks/serving.py load --run RUN --data RECORDS    # 1, 4, 16 streams
    python benchmarks/serving.py states --run RUN --data RECORDS  # drift

Without a trained run, `load` and `states` are left out: frames of random weights say
nothing about drift.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

# This file would hide the package of the same name.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from serving_lib import load
from serving_lib.models import (
    random_video,
    server,
    untrained_export,
)

from serving.client import Vid2VidClient
from v2v_tf.data.input.dataset import read_clips
from v2v_tf.data.records.manifest import read_manifest
from v2v_tf.export.exported_model import ExportedModel, Tensors
from v2v_tf.export.saved_model import ExportOptions, export
from v2v_tf.storage.runs import load_config

_SIZES = ((64, 128), (128, 256), (256, 512))
# What the pipeline of `make demo` set aside.
_RECORDS = Path("runs/demo/pipeline/artifacts/ClipExampleGen/examples/1")
_DRIFT_FRAMES = (1, 10, 30, 100)


def latency(folder: Path, frames: int, precisions: list[str], freeze: bool) -> None:
    """Prints seconds a frame, in process and through the server, in turns."""
    print("| size | precision | in process, ms | by gRPC, ms | wire, ms | KB a frame |")
    print("|---|---|---|---|---|---|")
    for precision in precisions:
        options = ExportOptions(precision=precision, freeze=freeze)
        exported = untrained_export(folder, options)
        model = ExportedModel(exported)
        with server(exported.parent) as (target, _), Vid2VidClient(target) as client:
            for size in _SIZES:
                video = random_video(size, frames + 3)
                bare, wire = _in_turns(model, client, video)
                sent = _bytes_of_frame(video)
                name = f"{size[1]}x{size[0]}"
                print(
                    f"| {name} | {precision}{', frozen' if freeze else ''} | "
                    f"{1000 * bare:.0f} | {1000 * wire:.0f} | "
                    f"{1000 * (wire - bare):.1f} | {sent / 1000:.0f} |",
                    flush=True,
                )


def freezing(folder: Path, frames: int, precisions: list[str]) -> None:
    """Prints seconds a frame with weights as variables and as constants, in turns."""
    print("| size | precision | variables, ms | constants, ms | MB on disk |")
    print("|---|---|---|---|---|")
    for precision in precisions:
        exported = [
            untrained_export(folder, ExportOptions(precision=precision, freeze=frozen))
            for frozen in (False, True)
        ]
        models = [ExportedModel(one) for one in exported]
        megabytes = [
            sum(p.stat().st_size for p in one.rglob("*") if p.is_file()) / 1e6
            for one in exported
        ]
        for size in _SIZES[:2]:
            video = random_video(size, frames + 4)
            times: list[list[float]] = [[] for _ in models]
            before = [model.begin(video) for model in models]
            for index in range(2, frames + 4):
                for which, taken in enumerate(times):
                    began = time.perf_counter()
                    before[which] = _step(models[which], video, index, before[which])
                    taken.append(time.perf_counter() - began)
            # The first two hold tracing.
            medians = [1000 * statistics.median(taken[2:]) for taken in times]
            print(
                f"| {size[1]}x{size[0]} | {precision} | {medians[0]:.0f} | "
                f"{medians[1]:.0f} | {megabytes[0]:.0f}, {megabytes[1]:.0f} |",
                flush=True,
            )


def _in_turns(
    model: ExportedModel, client: Vid2VidClient, video: dict[str, np.ndarray]
) -> tuple[float, float]:
    """Returns median seconds of a frame in process and of the same by gRPC."""
    states = model.begin(video)
    stream = client.stream(video["conditions"], video["instances"], video["frames"])
    times: tuple[list[float], list[float]] = ([], [])
    for index in range(2, len(video["conditions"])):
        began = time.perf_counter()
        states = _step(model, video, index, states)
        between = time.perf_counter()
        next(stream)
        times[0].append(between - began)
        times[1].append(time.perf_counter() - between)
    # The first ones hold tracing, and the states.
    bare, wire = (statistics.median(seconds[1:]) for seconds in times)
    return bare, wire


def _step(
    model: ExportedModel, video: dict[str, np.ndarray], index: int, states: Tensors
) -> Tensors:
    """Generates a frame and fetches it; returns the states after it."""
    outputs, after = model.step(video, index, states)
    outputs["fake_frames"].numpy()
    return after


def _bytes_of_frame(video: dict[str, np.ndarray]) -> int:
    """Returns what a frame sends and gets: conditions, states both ways, the frame."""
    height, width = video["conditions"].shape[1:3]
    pixels = height * width
    states = 2 * pixels * (1 + 4 + 3 * 4)
    return pixels * (1 + 4 + 3) + 2 * states


def streams(
    folder: Path, run: Path, data: Path, counts: list[int], seconds: float
) -> None:
    """Prints what 1, 4, 16 streams get, without and with batching."""
    exported = export(run, folder / "load", options=ExportOptions(precision="float32"))
    videos = _videos(run, data)
    model = ExportedModel(exported)
    frames = [load.alone(model, video) for video in videos]
    print(
        "| streams | batching | frames/s | in process | p50, ms | p95 | p99 | errors | "
        "worst level, least equal | memory, MB |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for flag, count in itertools.product((False, True), counts):
        flags = ["--enable_batching"] if flag else []
        with server(exported.parent, *flags) as (target, pid):
            chosen = [index % len(videos) for index in range(count)]
            mine, expected = [videos[i] for i in chosen], [frames[i] for i in chosen]
            load.run(target, pid, mine, expected, 5.0)
            half = load.bare_frames_per_second(exported, videos[0], seconds / 8)
            found = load.run(target, pid, mine, expected, seconds)
            bare = load.bare_frames_per_second(exported, videos[0], seconds / 8)
        p50, p95, p99 = (1000 * np.percentile(found.latencies, p) for p in (50, 95, 99))
        before, after = found.memory_mb
        print(
            f"| {count} | {'yes' if flag else 'no'} | {found.frames_per_second:.1f} | "
            f"{(half + bare) / 2:.1f} | {p50:.0f} | {p95:.0f} | {p99:.0f} | "
            f"{len(found.errors)} | {found.worst_level}, {100 * found.equal:.1f} % | "
            f"{before:.0f} -> {after:.0f} |",
            flush=True,
        )
        for error in found.errors[:3]:
            print(f"  {error}")


def states(folder: Path, run: Path, data: Path) -> None:
    """Prints how far smaller states let frames drift, and what they save."""
    clip = _videos(run, data)[0]
    length = len(clip["conditions"])
    to_and_fro = [*range(length), *range(length - 2, 0, -1)]
    order = np.resize(to_and_fro, max(_DRIFT_FRAMES) + 2)
    video = {k: v if k == "frames" else v[order] for k, v in clip.items()}
    exact = None
    print("| states | KB of states | PSNR at frame 1 | 10 | 30 | 100 |")
    print("|---|---|---|---|---|---|")
    for kind in ("float32", "float16", "uint8"):
        options = ExportOptions(precision="float32", state_dtype=kind)
        frames = load.alone(
            ExportedModel(export(run, folder / kind, options=options)), video
        )
        exact = frames if exact is None else exact
        height, width = frames.shape[1:3]
        size = 2 * height * width * (5 + 3 * np.dtype(kind).itemsize)
        shown = [_psnr(frames[n - 1], exact[n - 1]) for n in _DRIFT_FRAMES]
        print(f"| {kind} | {size / 1000:.0f} | {' | '.join(shown)} |", flush=True)


def _psnr(frame: np.ndarray, exact: np.ndarray) -> str:
    error = np.square(frame.astype(float) - exact.astype(float)).mean()
    return "equal" if error == 0 else f"{10 * np.log10(255**2 / error):.1f} dB"


def _videos(run: Path, data: Path) -> list[dict[str, np.ndarray]]:
    videos = []
    for clip in read_clips(data, load_config(run), _split(data)):
        video = {"conditions": clip.conditions, "instances": clip.require("instances")}
        videos.append({**video, "frames": clip.require("frames")[:2]})
    return videos


def _split(data: Path) -> str:
    """Returns `eval` where clips are set aside, else `train`."""
    held_out = read_manifest(data).splits.get("eval")
    return "eval" if held_out is not None and held_out.clips else "train"


def main() -> None:
    """Prints one table for each part."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "parts", nargs="*", default=["latency", "freeze", "load", "states"]
    )
    parser.add_argument("--run", type=Path, default=Path("runs/demo/run"))
    parser.add_argument("--data", type=Path, default=_RECORDS)
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="Seconds that each load lasts."
    )
    parser.add_argument("--streams", default="1,4,16")
    parser.add_argument(
        "--frames",
        type=int,
        default=20,
        help="Frames that each latency is a median of.",
    )
    parser.add_argument("--precisions", default="float32,bfloat16")
    parser.add_argument("--freeze", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if "latency" in args.parts:
            precisions = args.precisions.split(",")
            latency(folder, args.frames, precisions, args.freeze)
        if "freeze" in args.parts:
            freezing(folder, args.frames, args.precisions.split(","))
        if not args.run.is_dir():
            print(f"left out: no trained run in {args.run}; `make demo` makes one")
            return
        if "load" in args.parts:
            counts = [int(count) for count in args.streams.split(",")]
            streams(folder, args.run, args.data, counts, args.seconds)
        if "states" in args.parts:
            states(folder, args.run, args.data)


if __name__ == "__main__":
    main()
