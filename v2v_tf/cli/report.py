"""`v2v-tf report` writes one page that shows a run."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.cli.arguments import RUN, HelpFormatter, add_fps, model


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "report",
        help="make a page that shows a run: videos, metrics, curves, model card",
        description="Writes one HTML file that opens from disk and fetches nothing. "
        "With --data it generates clips for the page; without any source of videos it "
        "shows the newest previews of training.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--run", required=True, type=model, metavar="DIR", help=RUN)
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="Folder of clip records, from which clips are generated for the page; "
        "without this option, none are.",
    )
    parser.add_argument(
        "--split",
        choices=("train", "eval"),
        help="Part of the clip records of --data to read; without this option, eval "
        "where it has clips, else train.",
    )
    parser.add_argument(
        "--generated",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="Folder that v2v-tf generate wrote, such as that of a baseline, to show "
        "on the page. Can be given several times.",
    )
    parser.add_argument(
        "--comparison",
        type=Path,
        metavar="DIR",
        help="Folder that v2v-tf compare wrote, to show on the page.",
    )
    parser.add_argument(
        "--clips",
        type=int,
        default=4,
        metavar="N",
        help="Largest number of clips to show of each source of videos.",
    )
    add_fps(
        parser,
        "Frames per second of the clips that are generated for the page; without this "
        "option those that the records say, 12 where they say none.",
    )
    parser.add_argument(
        "--max-megabytes",
        type=float,
        default=64.0,
        metavar="MB",
        help="Largest size of the page in megabytes.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="Page to write; without this option, report.html in the run folder.",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="Replace the page where it exists."
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Writes the page; returns 0."""
    from v2v_tf.apps.reporting.report import report

    path = report(
        args.run,
        args.output,
        data_dir=args.data,
        split=args.split,
        generated=args.generated,
        comparison=args.comparison,
        num_clips=args.clips,
        fps=args.fps,
        max_megabytes=args.max_megabytes,
        overwrite=args.overwrite,
    )
    print(f"page: {path}   <- open this in a browser")
    return 0
