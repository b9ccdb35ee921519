"""`v2v-tf compare` measures a video model beside its baselines."""

from __future__ import annotations

import argparse

from v2v_tf.cli.arguments import HelpFormatter, add_output, model
from v2v_tf.cli.evaluation_arguments import (
    add_evaluation_arguments,
    adherence_options,
    network_options,
)

PAGE = "comparison.html"  # in the output folder


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "compare",
        help="measure a video model beside its baselines",
        description="Generates every clip of a split in four ways: with the video "
        "model; frame by frame with an image generator (pix2pixHD); frame by frame and "
        "then blended along the reference flow; by moving one real frame along that "
        "flow. Writes a video of each, one table of all metrics, and a page that plays "
        "the four in step.",
        formatter_class=HelpFormatter,
    )
    add_evaluation_arguments(parser)
    parser.add_argument(
        "--frame-model",
        required=True,
        type=model,
        metavar="DIR",
        help="Run folder of a first_frame model that was trained on the same records.",
    )
    add_output(parser)
    parser.add_argument(
        "--first-frames",
        choices=("given", "generated", "zeros"),
        help="First frames of the video model: real ones (given), frames of "
        "--frame-model (generated), or none (zeros); without this option, those that "
        "it was trained with.",
    )
    parser.add_argument(
        "--blend",
        type=float,
        default=0.5,
        metavar="W",
        help="Weight of the past frames in frame_by_frame_flow_blend, from 0 to 1.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Compares; returns 0."""
    networks = network_options(args)
    from v2v_tf.apps.evaluation.evaluate import compare
    from v2v_tf.apps.evaluation.tables import as_text
    from v2v_tf.apps.reporting.report import report
    from v2v_tf.inference.job import ClipSelection, Destination
    from v2v_tf.inference.loading import ModelOptions

    summary = compare(
        ModelOptions(args.model, args.precision, args.first_frames),
        args.frame_model,
        ClipSelection(args.data, args.split),
        Destination(args.output, args.overwrite, args.fps),
        blend=args.blend,
        networks=networks,
        adherence=adherence_options(args),
    )
    print(as_text(summary))
    page = report(args.model, args.output / PAGE, comparison=args.output)
    print(f"page: {page}   <- open this in a browser")
    print(f"compared: {args.output}")
    return 0
