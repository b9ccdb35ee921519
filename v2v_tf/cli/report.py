"""`v2v-tf report`: one page that shows a run."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "report",
        help="make a page that shows a run: videos, metrics, curves, model card",
        description="Writes one HTML file that opens from disk and fetches nothing. "
        "With --data it generates clips for the page; without any source of videos it "
        "shows the newest previews of training.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--run", required=True, type=Path, metavar="DIR", help="run folder of train"
    )
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="clip records to generate from"
    )
    parser.add_argument(
        "--split",
        choices=("train", "eval"),
        help="of the records; without this, eval where it has clips",
    )
    parser.add_argument(
        "--generated",
        action="append",
        type=Path,
        default=[],
        metavar="DIR",
        help="result of generate, such as a baseline's; repeatable",
    )
    parser.add_argument(
        "--comparison", type=Path, metavar="DIR", help="result of compare"
    )
    parser.add_argument(
        "--clips", type=int, default=4, metavar="N", help="of each source, at most"
    )
    parser.add_argument(
        "--fps", type=float, default=12.0, help="of the clips generated for the page"
    )
    parser.add_argument(
        "--max-megabytes", type=float, default=64.0, metavar="MB", help="of the page"
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="page to write; without this, report.html in the run folder",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the page")
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
