"""`v2v-tf train-segmenter`: the network that judges whether labels are still seen."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.main import add_config_arguments


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "train-segmenter",
        help="train the small segmentation network that evaluate uses",
        description="Trains a small segmentation network on real clips with labels, "
        "and says how well it reads clips that it was not trained on. evaluate and "
        "compare take it with --segmenter; without it they train one themselves.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="DIR", help="clip records"
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    parser.add_argument("--seed", type=int, default=0, help="of weights and draws")
    parser.add_argument("--steps", type=int, default=800, help="batches of 8 frames")
    add_config_arguments(parser, default="toy_street")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a former network"
    )
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
