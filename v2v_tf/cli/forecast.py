"""`v2v-tf forecast`: what comes next, in labels and in frames."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.errors import InputError


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "forecast",
        help="predict the coming frames of a street",
        description="Forecasts label maps from observed ones, and with --model the "
        "frames. With --source: one sequence, to look at. With --data: all clips of "
        "records, measured by step ahead against copying the last frame and against "
        "continuing its motion.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--forecaster",
        required=True,
        type=Path,
        metavar="DIR",
        help="run folder of train with model: forecaster",
    )
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="run of a video model: frames too"
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--source", type=Path, metavar="DIR", help="as of prepare")
    what.add_argument("--data", type=Path, metavar="DIR", help="clip records")
    parser.add_argument("--sequence", help="of --source, where there are several")
    parser.add_argument("--start", type=int, default=0, help="first frame of --source")
    parser.add_argument(
        "--split", default="eval", choices=("train", "eval"), help="of --data"
    )
    parser.add_argument(
        "--segmenter",
        type=Path,
        metavar="DIR",
        help="of train-segmenter, for the Fréchet distance of --data",
    )
    parser.add_argument("--given", type=int, default=4, help="observed frames")
    parser.add_argument("--predict", type=int, default=10, help="frames to forecast")
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    parser.add_argument("--fps", type=float, default=12.0, help="of the videos")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an earlier result"
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Forecasts; returns 0."""
    if args.start < 0:
        raise InputError(f"--start {args.start}: expected 0 or more")
    if args.data is not None:
        from v2v_tf.apps.forecasting.measuring import table
        from v2v_tf.apps.forecasting.study import shown_steps, study

        scores = study(
            args.forecaster,
            args.data,
            args.output,
            given=args.given,
            predict=args.predict,
            run_dir=args.model,
            segmenter_dir=args.segmenter,
            split=args.split,
            overwrite=args.overwrite,
        )
        print(table(scores, shown_steps(args.predict)))
    else:
        from v2v_tf.apps.forecasting.forecast import forecast

        forecast(
            args.forecaster,
            args.source,
            args.output,
            given=args.given,
            predict=args.predict,
            run_dir=args.model,
            sequence=args.sequence,
            start=args.start,
            fps=args.fps,
            overwrite=args.overwrite,
        )
    print(f"forecast: {args.output}")
    return 0
