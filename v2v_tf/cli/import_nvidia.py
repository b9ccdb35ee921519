"""`v2v-tf import-nvidia` makes a run folder from a checkpoint of NVIDIA/vid2vid."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.cli.arguments import HelpFormatter


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "import-nvidia",
        help="make a run folder from a checkpoint of NVIDIA/vid2vid",
        description="Reads <epoch>_net_G0.pth (and G1, G2 for finer scales) of "
        "NVIDIA/vid2vid (https://github.com/NVIDIA/vid2vid), in either format of "
        "PyTorch and without PyTorch, and writes a run folder for generate.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--checkpoint",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder that holds the .pth files to read.",
    )
    parser.add_argument(
        "--options",
        required=True,
        type=Path,
        metavar="FILE",
        help="File opt.txt that NVIDIA/vid2vid wrote in training, or a JSON mapping of "
        "its option names.",
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="Run folder to write."
    )
    parser.add_argument(
        "--epoch",
        default="latest",
        help="Prefix of the .pth files to read, such as 20.",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="Load the weights that exist and fit, and list the others, which keep "
        "random values, instead of refusing the checkpoint.",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace the run that the output folder holds.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Imports; returns 0."""
    from v2v_tf.published.nvidia_import import LICENCE, import_checkpoint

    untouched = import_checkpoint(
        args.checkpoint,
        args.options,
        args.output,
        epoch=args.epoch,
        partial=args.partial,
        overwrite=args.overwrite,
    )
    for name in untouched:
        print(f"stayed random: {name}")
    print(LICENCE)
    print(f"imported: {args.output}")
    return 0
