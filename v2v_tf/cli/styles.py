"""`v2v-tf styles` finds the styles of instances in clips, and shows them."""

from __future__ import annotations

import argparse

from v2v_tf.cli.arguments import (
    HelpFormatter,
    add_data,
    add_fps,
    add_model,
    add_output,
    add_split,
    model,
)


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "styles",
        help="find the styles of a training set, and show several at once",
        description="Works with the styles of a model, which say how instances look: "
        "finds those of a training set, or shows one scene in several of them.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_fit(actions)
    _add_show(actions)


def _add_fit(actions: argparse._SubParsersAction) -> None:
    fit = actions.add_parser(
        "fit",
        help="fit a Gaussian mixture to the styles of each class",
        description="Fits a Gaussian mixture to the styles of the instances of each "
        "class, and writes it to styles.npz in the run folder, which generate --style "
        "and export read.",
        formatter_class=HelpFormatter,
    )
    add_model(fit)
    add_data(fit)
    add_split(fit, "train")
    fit.add_argument(
        "--components",
        type=int,
        default=10,
        metavar="N",
        help="Largest number of components of the mixture of each class.",
    )
    fit.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="Seed of the random start of the fit.",
    )
    fit.set_defaults(run_command=run_fit)


def _add_show(actions: argparse._SubParsersAction) -> None:
    show = actions.add_parser(
        "show",
        help="generate one scene in several styles, side by side, with numbers",
        description="Generates clips in several sampled styles and measures how "
        "different the styles are, and how steady each is.",
        formatter_class=HelpFormatter,
    )
    add_model(show)
    add_data(show)
    add_split(show, "eval")
    add_output(show)
    show.add_argument(
        "--count",
        type=int,
        default=3,
        metavar="N",
        help="Number of styles to show, 2 or more.",
    )
    show.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="Seed of the first style; the next styles have the seeds after it.",
    )
    show.add_argument(
        "--clips",
        type=int,
        default=4,
        metavar="N",
        help="Number of clips to generate, from the first one on.",
    )
    show.add_argument(
        "--baseline",
        type=model,
        metavar="DIR",
        help="Run folder of a model without styles to compare with; without this "
        "option, there is no comparison.",
    )
    add_fps(show)
    show.set_defaults(run_command=run_show)


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
    from v2v_tf.apps.styles.show import StyleSeries, show_styles
    from v2v_tf.inference.job import ClipSelection, Destination

    mean = show_styles(
        args.model,
        ClipSelection(args.data, args.split, args.clips),
        Destination(args.output, args.overwrite, args.fps),
        StyleSeries(args.count, args.seed),
        args.baseline,
    )
    for name, value in mean.items():
        print(f"{name:>20}  {value:.4f}")
    print(f"generated: {args.output}")
    return 0
