"""`v2v-tf train`: train a model by the curriculum of a configuration."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.main import add_config_arguments


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "train",
        help="train a model on clip records",
        description="Trains by plain Keras fit, stage by stage, and leaves a run "
        "folder: config.yaml, checkpoints/, samples/, TensorBoard logs, history.json. "
        "The same command goes on where a run was stopped; SIGTERM and Ctrl-C save "
        "first.",
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="DIR", help="clip records"
    )
    parser.add_argument(
        "--run",
        required=True,
        type=Path,
        metavar="DIR",
        help="run folder to make, or to go on in",
    )
    parser.add_argument(
        "--warm-start",
        type=Path,
        metavar="DIR",
        help="begin with the weights of another run, such as a coarser one",
    )
    add_config_arguments(parser, default="toy_street")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the run in a used folder"
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Trains; returns 0, also when SIGTERM ended it early, and 130 after Ctrl-C."""
    config = configuration.load_config(args.config, tuple(args.overrides))
    from v2v_tf.training.interruption import Interrupted
    from v2v_tf.training.trainer import train

    try:
        train(config, args.data, args.run, args.overwrite, args.warm_start)
    except Interrupted as stopped:
        print(f"v2v-tf train: {stopped}", file=sys.stderr)
        # Whoever sent SIGTERM wanted an end in good order, and has it.
        return 0 if stopped.signum == signal.SIGTERM else 128 + stopped.signum
    print(f"trained: {args.run}")
    return 0
