"""`v2v-tf forecast` predicts what comes next, in labels and in frames."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.cli.arguments import (
    CONDITIONS,
    HelpFormatter,
    add_first_frames,
    add_fps,
    add_label_map,
    add_model,
    add_output,
    add_sequence,
    model,
)
from v2v_tf.errors import InputError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "forecast",
        help="predict the coming frames of a street",
        description="Forecasts label maps from observed ones, and with --model the "
        "frames too. --source forecasts one sequence, to look at. --data forecasts all "
        "clips of records and measures every step ahead, beside copying the last frame "
        "and continuing its motion. Observed label maps are enough; with --model the "
        "video goes on from the last observed frames where they are real, else it "
        "begins with the observed labels.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--forecaster",
        required=True,
        type=model,
        metavar="DIR",
        help="Run folder of a forecaster, which v2v-tf train wrote with model: "
        "forecaster.",
    )
    add_model(
        parser,
        "Run folder of a video model that draws the frames; without this option, label "
        "maps alone are forecast.",
        required=False,
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--source", type=Path, metavar="DIR", help=CONDITIONS)
    what.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="Folder of clip records, all of whose clips are forecast and measured.",
    )
    add_sequence(parser)
    add_label_map(parser)
    parser.add_argument(
        "--start",
        type=int,
        default=0,
        metavar="N",
        help="First observed frame of the sequence of --source, counted from 0.",
    )
    parser.add_argument(
        "--split",
        default="eval",
        choices=("train", "eval"),
        help="Part of the clip records of --data to read.",
    )
    parser.add_argument(
        "--segmenter",
        type=Path,
        metavar="DIR",
        help="Folder of a segmentation network that v2v-tf train-segmenter wrote, for "
        "the Fréchet distance of --data; without this option, it is left out.",
    )
    parser.add_argument(
        "--given",
        type=int,
        default=4,
        metavar="K",
        help="Number of observed frames, at least as many as the models need.",
    )
    parser.add_argument(
        "--predict",
        type=int,
        default=10,
        metavar="N",
        help="Number of frames to forecast.",
    )
    add_first_frames(
        parser,
        " Goes with --model and --source; given without this option where the last "
        "observed frames are real.",
    )
    add_output(parser)
    add_fps(parser, "Frames per second of the written videos.", 12.0)
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Forecasts; returns 0."""
    if args.start < 0:
        raise InputError(f"--start {args.start}: expected 0 or more")
    from v2v_tf.apps.forecasting.models import ForecastModels
    from v2v_tf.inference.job import ClipSelection, Destination

    _check_first_frames(args)
    models = ForecastModels(args.forecaster, args.given, args.predict, args.model)
    destination = Destination(args.output, args.overwrite, args.fps)
    if args.data is not None:
        from v2v_tf.apps.forecasting.measuring import table
        from v2v_tf.apps.forecasting.study import shown_steps, study

        clips = ClipSelection(args.data, args.split)
        scores = study(models, clips, destination, args.segmenter)
        print(table(scores, shown_steps(args.predict)))
    else:
        from v2v_tf.apps.forecasting.forecast import forecast
        from v2v_tf.apps.generation.beginning import parse_beginning
        from v2v_tf.data.input.stream import SequenceChoice

        source = SequenceChoice(args.source, args.sequence, args.label_map)
        wanted = parse_beginning(args.first_frames)
        forecast(models, source, destination, args.start, wanted, print)
    print(f"forecast: {args.output}")
    return 0


def _check_first_frames(args: argparse.Namespace) -> None:
    if args.first_frames is not None and (args.model is None or args.source is None):
        raise InputError(
            "--first-frames goes with --model and --source: name both, or leave it out "
            "(records have real frames, which their videos go on from)"
        )
