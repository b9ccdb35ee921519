"""`v2v-tf generate` makes videos with a trained model, of a source or of records."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from v2v_tf.cli.arguments import (
    HelpFormatter,
    add_output,
    add_source_arguments,
    add_split,
    model,
)
from v2v_tf.config import PRECISIONS
from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.apps.generation.generated_video import GeneratedVideo
    from v2v_tf.apps.generation.wishes import Wishes

FORMATS = ("png", "mp4", "lossless")
# Options that go with one of --source and --data alone, and their defaults.
_OF_SOURCE = {
    "sequence": None,
    "size": None,
    "source_size": None,
    "max_gap": None,
    "label_map": None,
    "no_audio": False,
    "format": None,
    "resume": False,
}
_OF_DATA = {"split": "train"}


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "generate",
        help="generate videos with a trained model",
        description="Generates a video for every sequence of a source: conditions with "
        "or without real frames, as they lie on disk. With --data, generates every "
        "prepared clip instead, and measures it.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--model",
        required=True,
        type=model,
        metavar="DIR",
        help="Run folder that v2v-tf train wrote; with --source also a model that "
        "v2v-tf export wrote.",
    )
    inputs = parser.add_mutually_exclusive_group(required=True)
    inputs.add_argument(
        "--source",
        type=Path,
        metavar="PATH",
        help="Conditions to make videos of: folders as v2v-tf prepare takes them, with "
        "or without frames, a folder of label maps or other conditions, or a video for "
        "a model of edges.",
    )
    inputs.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="Folder of clip records that v2v-tf prepare wrote.",
    )
    add_output(parser)
    parser.add_argument(
        "--first-frames",
        metavar="HOW",
        help="First frames of each video: given (real ones of the source), generated "
        "(of a network that the model brings, or of --first-frame-model), zeros "
        "(none), or, with --source, image:PATH (one photograph). Without this option "
        "given, else generated; models that begin with zeros always do.",
    )
    parser.add_argument(
        "--first-frame-model",
        type=model,
        metavar="DIR",
        help="Run folder of a first_frame model, which makes the first frames of a "
        "run that was trained without one.",
    )
    parser.add_argument(
        "--style",
        metavar="STYLE",
        help="Appearance of the instances of a whole video, for a model with styles: "
        "own (that of the video's first real frames), sample (drawn by --seed), "
        "index:N (component N of each class that v2v-tf styles fit found), or "
        "image:PATH (that of a frame of a source); without this option, own.",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="Seed of the random draw of --style sample.",
    )
    parser.add_argument(
        "--fps",
        type=float,
        metavar="N",
        help="Frames per second of the written videos; without this option those of "
        "the source, 25 for folders of pictures; with --data those that the records "
        "say, 12 where they say none. With it a video loses its sound.",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="Precision to compute in; without this option, the precision of the run.",
    )
    _add_source_options(parser)
    _add_data_options(parser)
    parser.set_defaults(run_command=run)


def _add_source_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --source")
    group.add_argument(
        "--sequence", metavar="NAME", help="Name of the one sequence to generate."
    )
    group.add_argument(
        "--size",
        metavar="WxH",
        help="Width and height of the video in pixels, each a multiple of what the "
        "model needs; without this option, as the model's data.resize makes of the "
        "source.",
    )
    group.add_argument(
        "--source-size",
        metavar="WxH",
        help="Width and height of the pictures that points refer to, where there are "
        "no frames; without this option, the smallest common size that holds all "
        "points.",
    )
    add_source_arguments(group)
    group.add_argument(
        "--no-audio",
        action="store_true",
        help="Leave the sound of a source video out.",
    )
    group.add_argument(
        "--format",
        metavar="F,F",
        help=f"What is written, one or more of {', '.join(FORMATS)}, parted by commas; "
        "without this option png,mp4.",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="Go on with a generation that was interrupted.",
    )


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --data")
    add_split(group, "train")


def run(args: argparse.Namespace) -> int:
    """Generates; returns 0."""
    if args.source is not None:
        _refuse(args, _OF_DATA, "--data")
        return _of_source(args)
    _refuse(args, _OF_SOURCE, "--source")
    return _of_data(args)


def _refuse(args: argparse.Namespace, options: dict, other: str) -> None:
    for name, default in options.items():
        if getattr(args, name) != default:
            option = "--" + name.replace("_", "-")
            raise InputError(f"{option} goes with {other} alone: leave it out")


def _of_source(args: argparse.Namespace) -> int:
    from v2v_tf.apps.generation.from_source import GenerationStopped, generate_source

    try:
        videos = generate_source(
            args.model,
            args.source,
            args.output,
            wishes=_wishes(args),
            precision=args.precision,
            first_frame_model=args.first_frame_model,
            overwrite=args.overwrite,
            resume=args.resume,
            say=print,
        )
    except GenerationStopped as stopped:
        print(f"v2v-tf generate: {stopped}", file=sys.stderr)
        return 128 + stopped.signum
    for video in videos:
        _print(video)
    print(f"generated: {args.output}")
    return 0


def _wishes(args: argparse.Namespace) -> Wishes:
    from v2v_tf.apps.generation.beginning import parse_beginning
    from v2v_tf.apps.generation.recording import Forms
    from v2v_tf.apps.generation.wishes import Wishes
    from v2v_tf.data.input.stream import Sizes
    from v2v_tf.inference.style_choice import parse_style

    if args.fps is not None and not args.fps > 0:
        raise InputError(f"--fps must be above 0, got {args.fps}")
    asked = set((args.format or "png,mp4").split(","))
    if not asked <= set(FORMATS):
        raise InputError(
            f"--format {args.format}: expected one or more of {', '.join(FORMATS)}, "
            "parted by commas"
        )
    return Wishes(
        first_frames=parse_beginning(args.first_frames),
        style=None if args.style is None else parse_style(args.style, args.seed),
        sizes=Sizes(
            _size("--size", args.size), _size("--source-size", args.source_size)
        ),
        sequence=args.sequence,
        max_gap=args.max_gap,
        label_map=args.label_map,
        fps=args.fps,
        audio=not args.no_audio,
        forms=Forms("png" in asked, "mp4" in asked, "lossless" in asked),
    )


def _size(option: str, text: str | None) -> tuple[int, int] | None:
    """Returns (height, width) of a text such as `512x256`."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None or not (int(match[1]) and int(match[2])):
        raise InputError(f"{option} {text}: expected width x height, such as 512x256")
    return int(match[2]), int(match[1])


def _print(video: GeneratedVideo) -> None:
    held = (
        f", {video.num_held} of them held: nobody was found" if video.num_held else ""
    )
    print(f"{video.name}: {video.num_frames} frames{held}")
    if video.num_measured:
        values = ", ".join(f"{k} {x:.4f}" for k, x in video.metrics.items())
        print(f"  {values} over {video.num_measured} frames with real ones")


def _of_data(args: argparse.Namespace) -> int:
    from v2v_tf.inference.generation import generate
    from v2v_tf.inference.style_choice import parse_style

    mean = generate(
        args.model,
        args.data,
        args.output,
        split=args.split,
        fps=args.fps,
        precision=args.precision,
        overwrite=args.overwrite,
        first_frames=args.first_frames,
        first_frame_model=args.first_frame_model,
        style=None if args.style is None else parse_style(args.style, args.seed),
    )
    for name, value in mean.items():
        print(f"{name:>20}  {value:.4f}")
    print(f"generated: {args.output}")
    return 0
