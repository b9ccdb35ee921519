"""`v2v-tf export` writes a run as a SavedModel."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.cli.arguments import RUN, HelpFormatter, model


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "export",
        help="write a trained model as a SavedModel",
        description="Writes the newest checkpoint of a run as the next version in a "
        "folder that TensorFlow Serving, v2v-tf serve and tf.saved_model.load read.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--run", required=True, type=model, metavar="DIR", help=RUN)
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder of the model; each export becomes a numbered version in it.",
    )
    parser.add_argument(
        "--first-frame-model",
        type=model,
        metavar="DIR",
        help="Run folder of a first_frame model that makes the first frames; without "
        "this option, callers give real ones.",
    )
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        help="Precision of the weights and of the computation; without this option, "
        "bfloat16 where the run was trained in it, else float32.",
    )
    parser.add_argument(
        "--freeze",
        action="store_true",
        help="Write the weights as constants of the graph, which is faster on some "
        "processors and takes two more copies in memory.",
    )
    parser.add_argument(
        "--state-dtype",
        choices=("float32", "float16", "uint8"),
        default="float32",
        help="Type of the past frames in the states that callers send; smaller types "
        "save traffic and let frames drift.",
    )
    parser.add_argument(
        "--version",
        type=int,
        metavar="N",
        help="Number of the version to write; without this option, the next free one.",
    )
    parser.add_argument(
        "--data",
        type=Path,
        metavar="DIR",
        help="Folder of clip records, whose frame sizes the signature evaluate "
        "accepts; without this option, the records that the run was trained on.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Exports; returns 0."""
    from v2v_tf.export.saved_model import ExportOptions, export

    options = ExportOptions(
        precision=args.precision,
        freeze=args.freeze,
        state_dtype=args.state_dtype,
        version=args.version,
        data=args.data,
    )
    folder = export(
        args.run,
        args.output,
        first_frame_model=args.first_frame_model,
        options=options,
    )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"exported: {folder} ({size / 2**20:.1f} MiB)")
    return 0
