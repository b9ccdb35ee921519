"""`v2v-tf toy-street` writes clips of the procedural street."""

from __future__ import annotations

import argparse
import re

from v2v_tf.cli.arguments import HelpFormatter
from v2v_tf.errors import InputError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "toy-street",
        help="write clips of a procedural street with exact labels and flow",
        description="Writes clips of a procedural street in the layout of "
        "NVIDIA/vid2vid (https://github.com/NVIDIA/vid2vid): train_A (label ids), "
        "train_B (frames), train_inst (instance ids), with exact train_flow (KITTI "
        "PNG), train_visible and train_depth (metres * 256) beside them.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--output", required=True, metavar="DIR", help="Folder to write the clips to."
    )
    parser.add_argument(
        "--clips", type=int, default=20, metavar="N", help="Number of clips to write."
    )
    parser.add_argument(
        "--frames",
        type=int,
        default=30,
        metavar="T",
        help="Number of frames of each clip.",
    )
    parser.add_argument(
        "--size",
        default="256x128",
        metavar="WxH",
        help="Width and height of the frames in pixels.",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="Seed of the clips; the same seed gives the same clips.",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace the clips that the output folder holds.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Writes the clips; returns 0."""
    from v2v_tf.toy_street.writer import write_clips

    write_clips(
        args.output,
        num_clips=args.clips,
        num_frames=args.frames,
        size=parse_size(args.size),
        seed=args.seed,
        overwrite=args.overwrite,
    )
    print(f"{args.clips} clips of {args.frames} frames in {args.output}")
    return 0


def parse_size(text: str) -> tuple[int, int]:
    """Returns (height, width) of a text like `256x128` (width x height).

    Raises:
        InputError: the text is none.
    """
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    if match is None:
        raise InputError(f"--size is WIDTHxHEIGHT, like 256x128, got '{text}'")
    return int(match[2]), int(match[1])
