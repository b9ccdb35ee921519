"""`v2v-tf failures` measures a model in cases in which the method is known to fail."""

from __future__ import annotations

import argparse

from v2v_tf.cli.arguments import HelpFormatter, add_fps, add_model, add_output, model


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "failures",
        help="measure turning cars, diversity and long-term consistency",
        description="Generates scenes of the toy street in which the method is known "
        "to fail: a car that turns, instances of many colours, a place that leaves the "
        "picture and returns, a long drive. Writes videos, sheets and a table.",
        formatter_class=HelpFormatter,
    )
    add_model(parser, "Run folder of a video model that was trained on the toy street.")
    parser.add_argument(
        "--frame-model",
        type=model,
        metavar="DIR",
        help="Run folder of a first_frame model to compare with; without this option, "
        "the video model is measured alone.",
    )
    add_output(parser)
    parser.add_argument(
        "--scenes",
        type=int,
        default=4,
        metavar="N",
        help="Number of scenes of each case; the long drive is always a single one.",
    )
    parser.add_argument(
        "--long-frames",
        type=int,
        default=600,
        metavar="T",
        help="Number of frames of the long drive, 100 or more.",
    )
    parser.add_argument(
        "--size",
        metavar="WxH",
        help="Width and height of the scenes in pixels; without this option, those of "
        "the records that the model was trained on.",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="Seed that the scenes are drawn from.",
    )
    add_fps(parser, "Frames per second of the written videos.", 12.0)
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Measures; returns 0."""
    from v2v_tf.apps.evaluation.failures import SceneOptions, failures, table
    from v2v_tf.cli.toy_street import parse_size
    from v2v_tf.inference.job import Destination

    mean = failures(
        args.model,
        Destination(args.output, args.overwrite, args.fps),
        SceneOptions(
            args.scenes,
            args.long_frames,
            None if args.size is None else parse_size(args.size),
            args.seed,
        ),
        args.frame_model,
    )
    print(table(mean))
    print(f"measured: {args.output}")
    return 0
