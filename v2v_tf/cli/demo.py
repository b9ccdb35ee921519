"""`v2v-tf demo`: the main job, from nothing to a page with videos.

Makes a toy street, prepares its clips, trains, generates clips that training never
saw, measures them, and writes one HTML page.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.folders import require_replaceable, swap_in

FPS = 12.0
HELD_OUT_CLIPS = 4
_EXPLANATION = (
    "A small vid2vid model was trained for a few minutes on clips of a procedural "
    "street, then given label maps and the first two frames of clips it had never "
    "seen. Every later frame is its own: it warps its last frame by the flow it "
    "predicts (mask black) and hallucinates the rest (mask white). Expect road, sky "
    "and cars that can be recognised, not sharp pictures: the published model is a "
    "hundred times wider and trains for days."
)


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "demo",
        help="make a toy data set, train, generate, and show the result",
        description="Runs the main job with embedded defaults: at most ten minutes "
        "on two cores. A demo that is there is replaced once the new one is complete.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--output", type=Path, default=Path("runs/demo"), metavar="DIR", help="folder"
    )
    parser.add_argument(
        "--clips", type=int, default=48, metavar="N", help="training clips"
    )
    parser.add_argument(
        "--frames", type=int, default=24, metavar="T", help="frames of a clip"
    )
    add_config_arguments(parser, default="toy_street")
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Runs the demo; returns 0."""
    config = configuration.load(args.config, tuple(args.overrides))
    if config.model != "vid2vid":
        raise InputError(
            "the demo explains a video model: give a configuration of model: vid2vid, "
            "or use train and generate"
        )
    output = args.output.resolve()
    require_replaceable(
        output, overwrite=True, is_ours=_is_demo, what="demo", option="--output"
    )
    from v2v_tf.synthesis.generation import generate
    from v2v_tf.training.trainer import train

    start = time.monotonic()

    def say(step: int, what: str) -> None:
        print(f"[{step}/4] {time.monotonic() - start:4.0f} s  {what}", flush=True)

    # Everything is made in a folder beside, so that a demo is whole or absent.
    working = output.with_name(f"{output.name}.partial")
    shutil.rmtree(working, ignore_errors=True)
    try:
        say(1, f"drawing {args.clips} clips of a toy street")
        data = working / "data"
        seed = config.seed
        _make_data(data / "train", config, args.clips, args.frames, seed)
        _make_data(data / "held_out", config, HELD_OUT_CLIPS, args.frames, seed + 1)
        stages = ", ".join(stage.name for stage in config.curriculum)
        say(2, f"training, stage by stage: {stages}")
        train(config, data / "train" / "records", working / "run")
        say(3, "generating clips that training never saw")
        held_out = data / "held_out" / "records"
        metrics = generate(working / "run", held_out, working / "clips", fps=FPS)
        say(4, "writing the page")
        _write_page(working, metrics)
        swap_in(working, output)
    finally:
        shutil.rmtree(working, ignore_errors=True)
    _close(args.output, metrics, time.monotonic() - start)
    return 0


def _is_demo(folder: Path) -> bool:
    return (folder / "report.html").is_file() and (folder / "run").is_dir()


def _make_data(
    folder: Path, config: Config, clips: int, frames: int, seed: int
) -> None:
    from v2v_tf.data.prepare import prepare
    from v2v_tf.data.toy_street_writer import write_clips

    width = config.data.resize.load_size
    write_clips(
        folder / "clips",
        num_clips=clips,
        num_frames=frames,
        size=(width // 2, width),
        seed=seed,
    )
    prepare(folder / "clips", folder / "records", config)


def _write_page(folder: Path, metrics: dict[str, float]) -> None:
    """Writes the page, and copies the first clip's video where it is found at once."""
    from v2v_tf.visualization.report import Media, Report, metric_rows, write_report

    clips = sorted(path for path in (folder / "clips").iterdir() if path.is_dir())
    shutil.copy(clips[0] / "video.mp4", folder / "video.mp4")
    shutil.copy(folder / "clips" / "metrics.json", folder / "metrics.json")
    history = json.loads((folder / "run" / "history.json").read_text(encoding="utf-8"))
    names = dict.fromkeys(name for epoch in history for name in epoch)
    losses = {
        name: [epoch[name] for epoch in history if name in epoch]
        for name in names
        if name != "epoch"
    }

    def media(file: str, caption: str) -> list[Media]:
        return [
            Media(f"clips/{clip.name}/{file}", f"held-out clip {clip.name}: {caption}")
            for clip in clips
        ]

    report = Report(
        title="vid2vid on a toy street",
        explanation=_EXPLANATION,
        metrics=metric_rows(metrics),
        losses=losses,
        loss_unit="epochs",
        videos=media("panels.mp4", "what went in, what came out, and how"),
        pictures=media("sheet.png", "moments of the clip"),
        links=[
            Media("video.mp4", "the generated video alone"),
            Media("metrics.json", "metrics, clip by clip"),
            Media("run/config.yaml", "the effective configuration"),
        ],
    )
    write_report(folder, report)


def _close(folder: Path, metrics: dict[str, float], seconds: float) -> None:
    print(f"\nDone in {seconds / 60:.1f} minutes.")
    print(f"  page     {folder / 'report.html'}   <- open this in a browser")
    print(f"  video    {folder / 'video.mp4'}")
    print(f"  metrics  {folder / 'metrics.json'}")
    for name in ("psnr", "ssim", "warping_error", "flow_error"):
        if name in metrics:
            print(f"           {name:14} {metrics[name]:.3f}")
