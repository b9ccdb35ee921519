"""`v2v-tf train` trains a model by the curriculum of a configuration."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.arguments import HelpFormatter, add_data, model
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.config import Config
from v2v_tf.errors import InputError

_PRESET = "toy_street"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "train",
        help="train a model on clip records",
        description="Trains a model with Keras, stage by stage, and leaves a run "
        "folder: config.yaml, checkpoints/, samples/, TensorBoard logs, history.json. "
        "The same command continues a run that was stopped, with the records that it "
        "was begun with; SIGTERM and Ctrl-C save first.",
        formatter_class=HelpFormatter,
    )
    add_data(parser)
    parser.add_argument(
        "--run",
        required=True,
        type=Path,
        metavar="DIR",
        help="Run folder to make, or whose training to continue.",
    )
    parser.add_argument(
        "--warm-start",
        type=model,
        metavar="DIR",
        help="Run folder whose weights training begins with, such as that of a coarser "
        "model; without this option, training begins with random weights.",
    )
    parser.add_argument(
        "--from-pretrained",
        type=model,
        metavar="MODEL",
        help="Trained model to fine-tune: a pack (its name or folder) or a run. "
        "Training begins with its weights, and without --config it has its "
        "configuration, with the last of its stages alone.",
    )
    parser.add_argument(
        "--first-frame-model",
        type=model,
        metavar="DIR",
        help="Run folder of a first_frame model to bundle with the run: it then makes "
        "the first frames where v2v-tf generate or a server is given none.",
    )
    parser.add_argument(
        "--extend",
        type=int,
        metavar="N",
        help="Train a finished run for N more epochs of its last stage, at the rate of "
        "the last epoch. A run that is not finished goes on to its end, and nothing is "
        "added.",
    )
    add_config_arguments(
        parser,
        None,
        " (default: toy_street; with --extend that of the run, with --from-pretrained "
        "that of the model)",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace the run that the run folder holds, instead of continuing it.",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="Check everything as a real start would, print the parameters, the memory "
        "that it would take, the stages and where the run would lie, and write "
        "nothing.",
    )
    parser.set_defaults(run_command=run)


def _config_of(run_dir: Path) -> Path:
    from v2v_tf.storage import runs

    if not runs.is_run(run_dir):
        raise InputError(
            f"--extend goes on with a run, and {run_dir} is none: leave it out"
        )
    return run_dir / runs.CONFIG_FILE


def _load(args: argparse.Namespace) -> Config:
    """Returns the configuration that the options name."""
    if args.warm_start is not None and args.from_pretrained is not None:
        raise InputError(
            "--warm-start and --from-pretrained both say what to begin with: give one"
        )
    overrides = tuple(args.overrides)
    if args.config is not None:
        return configuration.load_config(args.config, overrides)
    if args.extend is not None:
        return configuration.load_config(_config_of(args.run), overrides)
    if args.from_pretrained is None:
        return configuration.load_config(_PRESET, overrides)
    from v2v_tf.apps.packs.tuning import finetuning_config

    return finetuning_config(args.from_pretrained, overrides)


def run(args: argparse.Namespace) -> int:
    """Trains; returns 0, also when SIGTERM ended it early, and 130 after Ctrl-C."""
    config = _load(args)
    source = args.warm_start or args.from_pretrained
    from v2v_tf.training.interruption import Interrupted
    from v2v_tf.training.trainer import train

    try:
        train(
            config,
            args.data,
            args.run,
            args.overwrite,
            source,
            first_frame_model=args.first_frame_model,
            extend=args.extend,
            dry_run=args.dry_run,
        )
    except Interrupted as stopped:
        print(f"v2v-tf train: {stopped}", file=sys.stderr)
        # SIGTERM asks for an end in good order, and this is one.
        return 0 if stopped.signum == signal.SIGTERM else 128 + stopped.signum
    if args.dry_run:
        return 0
    print(f"trained: {args.run}")
    return 0
