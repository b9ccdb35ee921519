"""`v2v-tf train`: train a model by the curriculum of a configuration."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.main import add_config_arguments


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "train",
        help="train a model on clip records",
        description="Trains by plain Keras fit, stage by stage, and leaves a run "
        "folder: config.yaml, checkpoints/, TensorBoard logs and history.json.",
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="DIR", help="clip records"
    )
    parser.add_argument(
        "--run", required=True, type=Path, metavar="DIR", help="run folder to make"
    )
    add_config_arguments(parser, default="toy_street")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the run in a used folder"
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Trains; returns 0."""
    config = configuration.load(args.config, tuple(args.overrides))
    from v2v_tf.training.trainer import train

    train(config, args.data, args.run, args.overwrite)
    print(f"trained: {args.run}")
    return 0
