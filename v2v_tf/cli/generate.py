"""`v2v-tf generate`: roll a trained model out over clip records."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.config import PRECISIONS


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "generate",
        help="generate videos with a trained model",
        description="Generates every clip of a split and writes PNG frames, an mp4, a "
        "panel video and metrics.json. A run of a first_frame model makes each frame "
        "by itself.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="run folder of train"
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="DIR", help="clip records"
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    parser.add_argument(
        "--split", default="train", choices=("train", "eval"), help="of the records"
    )
    parser.add_argument(
        "--first-frames",
        choices=("given", "generated", "zeros"),
        help="what a video begins with: its real frames, those of another network, "
        "or none; without this, what the model was trained with",
    )
    parser.add_argument(
        "--first-frame-model",
        type=Path,
        metavar="DIR",
        help="run folder of a first_frame model, for --first-frames generated",
    )
    parser.add_argument(
        "--style",
        metavar="STYLE",
        help="what things look like, of a model with styles, the same for a whole "
        "video: own (what its first real frames show), sample, index:N, or image:PATH, "
        "a frame of a source; without this, own",
    )
    parser.add_argument("--seed", type=int, default=0, help="of --style sample")
    parser.add_argument("--fps", type=float, default=12.0, help="of the videos")
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="compute in another precision than the run's own",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a used output folder"
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
