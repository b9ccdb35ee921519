"""`v2v-tf compare`: a video model beside its baselines, one table, videos in sync."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.cli.evaluate import add_evaluation_arguments, judge_options

PAGE = "comparison.html"  # in the output folder


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "compare",
        help="measure a video model beside its baselines",
        description="Generates every clip of a split with the video model, frame by "
        "frame (pix2pixHD), frame by frame with blending along the reference flow, and "
        "by moving a real frame along that flow; writes a video of each, one table of "
        "all metrics, and a page that plays the methods in step.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add_evaluation_arguments(parser)
    parser.add_argument(
        "--frame-model",
        required=True,
        type=Path,
        metavar="DIR",
        help="run folder of a first_frame model of the same records",
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    parser.add_argument(
        "--first-frames",
        choices=("given", "generated", "zeros"),
        help="what the video model begins with; generated: by --frame-model",
    )
    parser.add_argument(
        "--blend",
        type=float,
        default=0.5,
        metavar="W",
        help="weight of the past in frame_by_frame_flow_blend",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Compares; returns 0."""
    judges = judge_options(args)
    from v2v_tf.apps.evaluation.evaluate import compare
    from v2v_tf.apps.evaluation.tables import as_text
    from v2v_tf.apps.reporting.report import report

    summary = compare(
        args.model,
        args.frame_model,
        args.data,
        args.output,
        split=args.split,
        fps=args.fps,
        precision=args.precision,
        overwrite=args.overwrite,
        first_frames=args.first_frames,
        blend=args.blend,
        judges=judges,
    )
    print(as_text(summary))
    page = report(args.model, args.output / PAGE, comparison=args.output)
    print(f"page: {page}   <- open this in a browser")
    print(f"compared: {args.output}")
    return 0
