"""`v2v-tf toy-street`: writes clips of the procedural street."""

from __future__ import annotations

import argparse
import re

from v2v_tf.errors import InputError


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "toy-street",
        help="write clips of a procedural street with exact labels and flow",
        description="Writes clips of a procedural street in the original's layout: "
        "train_A (label ids), train_B (frames), train_inst (instance ids), with exact "
        "train_flow (KITTI PNG) and train_visible beside them.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="folder to fill")
    parser.add_argument("--clips", type=int, default=20, metavar="N", help="clips")
    parser.add_argument(
        "--frames", type=int, default=30, metavar="T", help="frames of a clip"
    )
    parser.add_argument(
        "--size", default="256x128", metavar="WxH", help="width x height, pixels"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="which clips")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the clips in a used folder"
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
