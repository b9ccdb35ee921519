"""`v2v-tf train-segmenter` trains the segmentation network that `evaluate` uses."""

from __future__ import annotations

import argparse

from v2v_tf import config as configuration
from v2v_tf.cli.arguments import HelpFormatter, add_data, add_output
from v2v_tf.cli.main import add_config_arguments


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "train-segmenter",
        help="train the small segmentation network that evaluate uses",
        description="Trains a small segmentation network on real clips with labels, "
        "and says how well it reads clips that it was not trained on. evaluate and "
        "compare take it with --segmenter; without it they train one themselves.",
        formatter_class=HelpFormatter,
    )
    add_data(parser)
    add_output(parser)
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="Seed of the initial weights and of all random draws.",
    )
    parser.add_argument(
        "--steps",
        type=int,
        default=800,
        metavar="N",
        help="Number of training steps, with 8 frames each.",
    )
    add_config_arguments(parser, default="toy_street")
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Trains; returns 0."""
    config = configuration.load_config(args.config, tuple(args.overrides))
    from v2v_tf.apps.segmentation.training import train_segmenter

    facts = train_segmenter(
        args.data,
        args.output,
        config,
        seed=args.seed,
        steps=args.steps,
        overwrite=args.overwrite,
    )
    if facts["held_out"] is None:
        print("a single clip: nothing was held out to test the network on")
    else:
        print(
            f"mean IoU on held-out real clips ({facts['held_out']}): "
            f"{facts['held_out_miou']:.3f}"
        )
    print(f"trained: {args.output} (seed {args.seed})")
    return 0
