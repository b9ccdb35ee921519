"""`v2v-tf generate` rolls a trained model out over clip records."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.cli.arguments import (
    HelpFormatter,
    add_data,
    add_fps,
    add_model,
    add_output,
    add_split,
)
from v2v_tf.config import PRECISIONS


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "generate",
        help="generate videos with a trained model",
        description="Generates every clip of a split and writes PNG frames, an MP4 "
        "video, a video of panels and metrics.json. A first_frame model makes each "
        "frame by itself.",
        formatter_class=HelpFormatter,
    )
    add_model(parser)
    add_data(parser)
    add_output(parser)
    add_split(parser, "train")
    parser.add_argument(
        "--first-frames",
        choices=("given", "generated", "zeros"),
        help="First frames of each video: real ones (given), frames of "
        "--first-frame-model (generated), or none (zeros); without this option, those "
        "that the model was trained with.",
    )
    parser.add_argument(
        "--first-frame-model",
        type=Path,
        metavar="DIR",
        help="Run folder of a first_frame model, which makes the first frames for "
        "--first-frames generated.",
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
    add_fps(parser)
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="Precision to compute in; without this option, the precision of the run.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Generates; returns 0."""
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
