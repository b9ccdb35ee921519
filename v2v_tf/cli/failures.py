"""`v2v-tf failures`: where a model stands in the cases that the talk names."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "failures",
        help="measure turning cars, diversity and long-term consistency",
        description="Generates scenes of the toy street in which the method is known "
        "to fail: a car that turns, things of many colours, a place left and seen "
        "again, a drive of 600 frames. Writes videos, sheets and a table.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="run of a video model"
    )
    parser.add_argument(
        "--frame-model",
        type=Path,
        metavar="DIR",
        help="run of a first_frame model, to compare with",
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    parser.add_argument("--scenes", type=int, default=4, help="of each case")
    parser.add_argument(
        "--long-frames", type=int, default=600, help="of the long drive"
    )
    parser.add_argument(
        "--size", metavar="WxH", help="without this, that of the training records"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the scenes")
    parser.add_argument("--fps", type=float, default=12.0, help="of the videos")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an earlier result"
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Measures; returns 0."""
    from v2v_tf.apps.evaluation.failures import failures, table
    from v2v_tf.cli.toy_street import parse_size

    mean = failures(
        args.model,
        args.output,
        frame_run_dir=args.frame_model,
        num_scenes=args.scenes,
        long_frames=args.long_frames,
        size=None if args.size is None else parse_size(args.size),
        seed=args.seed,
        fps=args.fps,
        overwrite=args.overwrite,
    )
    print(table(mean))
    print(f"measured: {args.output}")
    return 0
