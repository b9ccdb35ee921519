"""`v2v-tf demo` makes, from nothing, a served model and a page with videos.

First the pack that comes with the package makes a video of new label maps. Then a toy
street is drawn and the pipeline run on it: clips are ingested and validated, a model is
trained, evaluated on clips that it never saw, proven to serve, and pushed.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from v2v_tf import extras
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.storage.folders import require_replaceable

if TYPE_CHECKING:
    from pipeline.demo_opening import Opening
    from pipeline.local_runner import Root

PACK = "toy-street-256"  # makes the first video
HELD_OUT_CLIPS = 4
_MARKER = ".unfinished"
_EXPLANATION = (
    "The first video is of a trained model that comes with v2v_tf, which was given "
    "nothing but label maps. The others are of a smaller one, which the pipeline has "
    "just {trained} on clips of a procedural street, and which was given the first "
    "two frames of clips that it was not trained on. Every later frame is its own: it "
    "warps its last frame by the flow that it predicts (mask black) and hallucinates "
    "the rest (mask white). Both are small, for two cores: the published model has "
    "five hundred times as many weights, and trains for days."
)


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    extras.require("pipeline")
    parser = subparsers.add_parser(
        "demo",
        help="make a toy data set, run the whole pipeline on it, and show the result",
        description="Makes a video with a pack, then draws clips of a toy street, runs "
        "the whole pipeline on them, and writes a page with the results: 5 minutes "
        "or more on two cores. An earlier demo is replaced once the new one is "
        "complete.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("runs/demo"),
        metavar="DIR",
        help="Folder to write the demo to (default: %(default)s).",
    )
    parser.add_argument(
        "--clips",
        type=int,
        default=48,
        metavar="N",
        help="Approximate number of training clips; a few more are held out "
        "(default: %(default)d).",
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=24,
        metavar="T",
        help="Number of frames of each clip (default: %(default)d).",
    )
    parser.add_argument(
        "--opening",
        default=PACK,
        metavar="MODEL",
        help="Pack or run of the toy street that makes the first video (default: "
        "%(default)s).",
    )
    add_config_arguments(parser, default="toy_street_pack")
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Runs the demo; returns 0."""
    if args.clips < 1:
        raise InputError(f"the demo trains on 1 clip or more, got {args.clips}")
    from pipeline import configs, demo_opening

    pipeline, config = configs.load(args.config, tuple(args.overrides))
    config = _set_aside(config, args.clips)
    output = args.output.resolve()
    require_replaceable(
        output, overwrite=True, is_ours=_is_demo, what="demo", option="--output"
    )
    from pipeline import local_runner

    began = time.monotonic()
    with _in_place_of(output):
        opening = demo_opening.open_with(args.opening, output)
        print(
            f"first video, of label maps alone, {time.monotonic() - began:.0f} s after "
            f"the start: {output / demo_opening.PANELS}",
            flush=True,
        )
        clips = args.clips + HELD_OUT_CLIPS
        print(f"drawing {clips} clips of a toy street", flush=True)
        _draw(output / "clips", config, clips, args.frames)
        root = output / "pipeline"
        done = local_runner.run(pipeline, config, output / "clips", root)
        if not done.verdict.pushed_version:
            raise InputError(f"no model was pushed: {done.verdict.verdict}")
        trained = "fine-tuned" if pipeline.from_pretrained else "trained"
        explanation = _EXPLANATION.format(trained=trained)
        metrics = _show(output, local_runner.Root(root), opening, explanation)
    served = args.output / Path(done.verdict.pushed_to).relative_to(output)
    _close(args.output, metrics, served, time.monotonic() - began)
    return 0


def _set_aside(config: Config, clips: int) -> Config:
    """Returns a configuration that holds out about four clips for evaluation."""
    share = HELD_OUT_CLIPS / (clips + HELD_OUT_CLIPS)
    data = dataclasses.replace(config.data, eval_fraction=share)
    return dataclasses.replace(config, data=data)


def _is_demo(folder: Path) -> bool:
    finished = (folder / "report.html").is_file() and (folder / "run").is_dir()
    return finished or (folder / _MARKER).is_file()


@contextlib.contextmanager
def _in_place_of(output: Path) -> Iterator[None]:
    """Lends the folder of a demo; a failure brings back the one that was there.

    It is made in its place, not beside: the metadata of a pipeline know full paths.
    """
    aside = output.with_name(f".{output.name}.replaced")
    if (output / _MARKER).is_file():  # Killed: what it replaced lies aside.
        shutil.rmtree(output)
    elif output.exists():
        shutil.rmtree(aside, ignore_errors=True)
        output.rename(aside)
    try:
        output.mkdir(parents=True)
        (output / _MARKER).touch()
        yield
        (output / _MARKER).unlink()
    except BaseException:
        shutil.rmtree(output, ignore_errors=True)
        if aside.exists():
            aside.rename(output)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _draw(folder: Path, config: Config, clips: int, frames: int) -> None:
    from v2v_tf.toy_street.writer import write_clips

    width = config.data.resize.load_size
    write_clips(
        folder,
        num_clips=clips,
        num_frames=frames,
        size=(width // 2, width),
        seed=config.seed,
    )


def _show(
    folder: Path, root: Root, opening: Opening, explanation: str
) -> dict[str, float]:
    """Copies what people look at out of the pipeline's artifacts; writes the page."""
    (metrics_file,) = root.artifacts.glob("VideoSetMetrics/metrics/*/metrics.json")
    (run_folder,) = root.artifacts.glob("Trainer/model_run/*")
    shutil.copytree(run_folder, folder / "run")
    shutil.copytree(metrics_file.parent, folder / "videos")
    metrics = json.loads(metrics_file.read_text(encoding="utf-8"))
    shutil.copy(metrics_file, folder / "metrics.json")
    names = sorted(metrics["clips"])
    shutil.copy(folder / "videos" / names[0] / "video.mp4", folder / "video.mp4")
    _write_page(folder, metrics["set"], names, opening, explanation)
    return metrics["set"]


def _write_page(
    folder: Path,
    metrics: dict[str, float],
    clips: list[str],
    opening: Opening,
    explanation: str,
) -> None:
    from pipeline import demo_opening
    from v2v_tf.visualization.report import Media, Report, write_report
    from v2v_tf.visualization.tables import metric_rows

    history = json.loads((folder / "run" / "history.json").read_text(encoding="utf-8"))
    names = dict.fromkeys(name for epoch in history for name in epoch)
    losses = {
        name: [epoch[name] for epoch in history if name in epoch]
        for name in names
        if name != "epoch"
    }

    def media(file: str, caption: str) -> list[Media]:
        return [
            Media(f"videos/{clip}/{file}", f"held-out clip {clip}: {caption}")
            for clip in clips
        ]

    report = Report(
        title="vid2vid on a toy street",
        explanation=explanation,
        metrics=metric_rows(metrics),
        losses=losses,
        loss_unit="epochs",
        videos=[
            Media(demo_opening.PANELS, opening.caption),
            *media("panels.mp4", "what went in, what came out, and how"),
        ],
        pictures=[
            Media(demo_opening.SHEET, f"moments of the video of {opening.pack}"),
            *media("sheet.png", "moments of the clip"),
        ],
        links=[
            Media(demo_opening.VIDEO, f"the video of {opening.pack} alone"),
            Media("video.mp4", "a video of the model that was trained here, alone"),
            Media("metrics.json", "metrics, clip by clip"),
            Media("run/config.yaml", "the effective configuration"),
        ],
    )
    write_report(folder, report)


def _close(
    folder: Path, metrics: dict[str, float], served: Path, seconds: float
) -> None:
    from pipeline.demo_opening import VIDEO

    print(f"\nDone in {seconds / 60:.1f} minutes.")
    print(f"  page     {folder / 'report.html'}   <- open this in a browser")
    print(f"  videos   {folder / VIDEO}, {folder / 'video.mp4'}")
    print(f"  model    {served}   <- v2v-tf serve --model-base-path {served.parent}")
    print(f"  metrics  {folder / 'metrics.json'}")
    for name in ("psnr", "ssim", "warping_error", "flow_error"):
        if name in metrics:
            print(f"           {name:14} {metrics[name]:.3f}")
