"""`v2v-tf edit` changes labels of a sequence, and generates its video."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.arguments import (
    CONDITIONS,
    HelpFormatter,
    add_first_frames,
    add_fps,
    add_label_map,
    add_model,
    add_output,
    add_sequence,
)
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.errors import InputError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "edit",
        help="change labels of a street sequence, and generate it",
        description="Writes a sequence with other labels, which prepare and generate "
        "read. With --model also its video, and four panels: the labels, the frames "
        "that they give, the frames that the edited labels give, and those of the "
        "opposite edit.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--source", required=True, type=Path, metavar="DIR", help=CONDITIONS
    )
    add_sequence(parser)
    add_label_map(parser)
    parser.add_argument(
        "--swap",
        action="append",
        required=True,
        metavar="FROM=TO",
        help="Label to change and the label that it becomes, by name or number, such "
        "as building=vegetation. Can be given several times.",
    )
    parser.add_argument(
        "--instance",
        action="append",
        type=int,
        default=[],
        metavar="N",
        help="Id of an instance to edit; without this option, all of them. Can be "
        "given several times.",
    )
    parser.add_argument(
        "--frames",
        metavar="A:B",
        help="Frames to edit, from A up to but not including B, counted from 0; "
        "without this option, all of them.",
    )
    parser.add_argument(
        "--region",
        metavar="X0,Y0,X1,Y1",
        help="Rectangle to edit, in pixels of the label map, without column X1 and row "
        "Y1; without this option, the whole picture.",
    )
    add_model(
        parser,
        "Run folder of a video model that draws the edited labels; without this "
        "option, the edited sequence alone is written.",
        required=False,
    )
    add_first_frames(parser, " Goes with --model.")
    add_output(parser)
    add_config_arguments(parser, default="toy_street")
    add_fps(parser, "Frames per second of the written videos.", 12.0)
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Edits; returns 0."""
    from v2v_tf.apps.editing.editing import edit
    from v2v_tf.apps.editing.label_edits import LabelEdit, parse_swaps
    from v2v_tf.apps.generation.beginning import parse_beginning
    from v2v_tf.data.input.stream import SequenceChoice
    from v2v_tf.inference.job import Destination
    from v2v_tf.storage.runs import load_config

    if args.model is None and args.first_frames is not None:
        raise InputError("--first-frames goes with --model: name it, or leave it out")
    if args.model is not None:
        config = load_config(args.model, needs="makes_video")
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
        SequenceChoice(args.source, args.sequence, args.label_map),
        change,
        Destination(args.output, args.overwrite, args.fps),
        config=config,
        run_dir=args.model,
        first_frames=parse_beginning(args.first_frames),
        say=print,
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
