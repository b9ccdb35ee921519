"""`v2v-tf edit`: other labels in a sequence, and the video that they give."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.errors import InputError


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "edit",
        help="change labels of a street, and generate it",
        description="Writes a sequence with other labels, for prepare and generate; "
        "with --model also its video, and four panels: labels, what they give, what "
        "the edited ones give, and the other way round.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--source", required=True, type=Path, metavar="DIR", help="as of prepare"
    )
    parser.add_argument("--sequence", help="its name, where there are several")
    parser.add_argument(
        "--swap",
        action="append",
        required=True,
        metavar="FROM=TO",
        help="labels by name or number, such as building=vegetation; repeatable",
    )
    parser.add_argument(
        "--instance",
        action="append",
        type=int,
        default=[],
        metavar="N",
        help="edit this thing alone, by its id; repeatable",
    )
    parser.add_argument("--frames", metavar="A:B", help="from A up to, without, B")
    parser.add_argument("--region", metavar="X0,Y0,X1,Y1", help="pixels of the labels")
    parser.add_argument(
        "--model", type=Path, metavar="DIR", help="run folder of train; generates too"
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    add_config_arguments(parser, default="toy_street")
    parser.add_argument("--fps", type=float, default=12.0, help="of the videos")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an earlier result"
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Edits; returns 0."""
    from v2v_tf.apps.editing.editing import edit
    from v2v_tf.apps.editing.label_edits import LabelEdit, parse_swaps
    from v2v_tf.storage.runs import load_config

    if args.model is not None:
        config = load_config(args.model, model="vid2vid")
    else:
        config = configuration.load_config(args.config, tuple(args.overrides))
    frames = None if args.frames is None else _numbers("--frames", args.frames, ":", 2)
    region = None if args.region is None else _numbers("--region", args.region, ",", 4)
    change = LabelEdit(
        parse_swaps(args.swap, config),
        tuple(args.instance),
        None if frames is None else (frames[0], frames[1]),
        None if region is None else (region[0], region[1], region[2], region[3]),
    )
    edit(
        args.source,
        args.output,
        change,
        config=config,
        run_dir=args.model,
        sequence=args.sequence,
        fps=args.fps,
        overwrite=args.overwrite,
    )
    print(f"edited: {args.output}")
    return 0


def _numbers(option: str, text: str, separator: str, count: int) -> list[int]:
    """Returns the numbers of an option; a first one left out is 0."""
    parts = text.split(separator)
    try:
        found = [int(part) if part else 0 for part in parts]
    except ValueError:
        found = []
    half = count // 2
    rising = len(found) == count and all(
        0 <= a < b for a, b in zip(found[:half], found[half:], strict=True)
    )
    if not rising:
        expected = {2: "A:B, A below B", 4: "X0,Y0,X1,Y1, X0 below X1, Y0 below Y1"}
        raise InputError(f"{option} {text}: expected {expected[count]}, from 0")
    return found
