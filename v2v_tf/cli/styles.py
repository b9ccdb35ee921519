"""`v2v-tf styles`: what things look like: found in clips, and shown."""

from __future__ import annotations

import argparse
from pathlib import Path


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "styles", help="find the styles of a training set, and show several at once"
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_fit(actions)
    _add_show(actions)


def _add_fit(actions) -> None:
    fit = actions.add_parser(
        "fit",
        help="describe the looks of every class by a Gaussian mixture",
        description="Writes styles.npz into the run folder, which generate --style "
        "and export read.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_inputs(fit, "train")
    fit.add_argument(
        "--components", type=int, default=10, help="of each class, at most"
    )
    fit.add_argument("--seed", type=int, default=0, help="of the fit")
    fit.set_defaults(run_command=run_fit)


def _add_show(actions) -> None:
    show = actions.add_parser(
        "show",
        help="one scene in several styles, side by side, with numbers",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_inputs(show, "eval")
    show.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    show.add_argument("--count", type=int, default=3, help="of styles")
    show.add_argument("--seed", type=int, default=0, help="of the first style")
    show.add_argument("--clips", type=int, default=4, help="the first so many")
    show.add_argument(
        "--baseline",
        type=Path,
        metavar="DIR",
        help="run of a model without styles, to compare with",
    )
    show.add_argument("--fps", type=float, default=12.0, help="of the videos")
    show.add_argument(
        "--overwrite", action="store_true", help="replace an earlier result"
    )
    show.set_defaults(run_command=run_show)


def _add_inputs(parser: argparse.ArgumentParser, split: str) -> None:
    parser.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="run folder of train"
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="DIR", help="clip records"
    )
    parser.add_argument(
        "--split", default=split, choices=("train", "eval"), help="of the records"
    )


def run_fit(args: argparse.Namespace) -> int:
    """Fits; returns 0."""
    from v2v_tf.apps.styles.fitting import fit_styles
    from v2v_tf.inference.style_mixture import STYLES_FILE

    mixture = fit_styles(
        args.model,
        args.data,
        split=args.split,
        num_components=args.components,
        seed=args.seed,
    )
    for label, (count, weights) in enumerate(
        zip(mixture.counts, mixture.weights, strict=True)
    ):
        used = int((weights > 0).sum())
        print(f"class {label:>3}  {count:>6} regions  {used:>3} components")
    print(f"fitted: {args.model / STYLES_FILE}")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Generates; returns 0."""
    from v2v_tf.apps.styles.show import show_styles

    mean = show_styles(
        args.model,
        args.data,
        args.output,
        split=args.split,
        count=args.count,
        seed=args.seed,
        max_clips=args.clips,
        baseline=args.baseline,
        fps=args.fps,
        overwrite=args.overwrite,
    )
    for name, value in mean.items():
        print(f"{name:>20}  {value:.4f}")
    print(f"generated: {args.output}")
    return 0
