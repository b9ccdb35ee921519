"""`v2v-tf models` lists, shows, fetches and makes packs of trained models."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from v2v_tf.cli.arguments import HelpFormatter, add_output
from v2v_tf.errors import InputError

_REFERENCES = "https://HOST/NAME.zip#sha256=HASH, or hf:ORG/NAME@COMMIT"


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "models",
        help="list, show, fetch and make packs of trained models",
        description="Works with packs: folders with a trained model, its model card "
        "and its licences. All commands that take a --model take a pack's name.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser(
        "list",
        help="list the packs of the package and of the cache",
        description="Lists the packs that have a name: those that come with the "
        "package, and those that were fetched.",
        formatter_class=HelpFormatter,
    )
    listing.set_defaults(run_command=run_list)
    show = actions.add_parser(
        "show",
        help="show what a pack is, and check its files",
        description="Checks every file of a pack, and prints its model card. Exit "
        "status: 0 whole, 2 otherwise.",
        formatter_class=HelpFormatter,
    )
    show.add_argument("name", metavar="PACK", help="Name of a pack, or its folder.")
    show.set_defaults(run_command=run_show)
    pull = actions.add_parser(
        "pull",
        help="fetch a pack",
        description="Fetches a pack into the cache (the folder that V2V_TF_CACHE "
        "names, or ~/.cache/v2v_tf), checks all of it, and prints its name.",
        formatter_class=HelpFormatter,
    )
    pull.add_argument("reference", metavar="FROM", help=f"Where it is: {_REFERENCES}.")
    pull.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace a pack of that name that is in the cache.",
    )
    pull.set_defaults(run_command=run_pull)
    _add_save(actions)


def _add_save(actions: argparse._SubParsersAction) -> None:
    save = actions.add_parser(
        "save",
        help="make a pack of a run",
        description="Makes a pack of a run: its weights as safetensors, its "
        "configuration, its model card. The last part of --output is its name.",
        formatter_class=HelpFormatter,
    )
    save.add_argument(
        "--run",
        required=True,
        type=Path,
        metavar="DIR",
        help="Run folder that v2v-tf train wrote.",
    )
    add_output(save)
    for option, text in (
        ("--summary", "One sentence: what it draws, from what, at which size."),
        ("--licence", "Licence of the weights, such as Apache-2.0."),
        ("--training-data", "What it was trained on, and under which licence."),
    ):
        save.add_argument(option, required=True, metavar="TEXT", help=text)
    save.add_argument(
        "--metrics",
        type=Path,
        metavar="FILE",
        help="JSON with what was measured on clips that were not trained on, names to "
        "numbers; without this option, the pack says nothing of it.",
    )
    save.add_argument(
        "--made-by",
        action="append",
        default=[],
        metavar="KEY=TEXT",
        help="What made the run, such as commit=HASH or command='v2v-tf train ...'. "
        "Can be given several times.",
    )
    save.add_argument(
        "--card",
        type=Path,
        metavar="FILE",
        help="Markdown to end the model card with; without this option, nothing.",
    )
    save.add_argument(
        "--picture",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="Picture or video of the model card. Can be given several times.",
    )
    save.add_argument(
        "--half",
        action="store_true",
        help="Store weights in half precision: half the size, and frames that differ "
        "by rounding.",
    )
    save.add_argument(
        "--no-discriminators",
        action="store_true",
        help="Leave the discriminators out, which fine-tuning begins with.",
    )
    save.set_defaults(run_command=run_save)


def run_list(_args: argparse.Namespace) -> int:
    """Prints a line for each pack."""
    from v2v_tf.storage.packs import known_packs, read_facts

    found = known_packs()
    for name, folder in found.items():
        print(f"{name:24} {_megabytes(folder):6.1f} MB  {read_facts(folder).summary}")
    if not found:
        print(f"no packs: fetch one by v2v-tf models pull {_REFERENCES}")
    return 0


def run_show(args: argparse.Namespace) -> int:
    """Checks a pack and prints its model card."""
    from v2v_tf.storage.packs import check_whole, known_packs, located

    folder = located(args.name)
    if not folder.is_dir():
        known = ", ".join(known_packs()) or "none"
        raise InputError(f"no pack is called {args.name}; there are: {known}")
    facts = check_whole(folder)
    card = folder / "README.md"
    if card.is_file():
        text = card.read_text(encoding="utf-8")
        print(text.partition("\n---\n")[2].strip() or text)
    print(f"\n{folder}: {len(facts.files)} files, {_megabytes(folder):.1f} MB, whole")
    return 0


def run_pull(args: argparse.Namespace) -> int:
    """Fetches a pack and prints its name."""
    from v2v_tf.apps.packs.pulling import is_reference, pull

    if not is_reference(args.reference):
        raise InputError(f"{args.reference}: expected {_REFERENCES}")
    folder = pull(args.reference, args.overwrite)
    print(f"fetched: {folder.name} ({folder})")
    return 0


def run_save(args: argparse.Namespace) -> int:
    """Makes a pack."""
    from v2v_tf.apps.packs.saving import PackTexts, save_pretrained

    made_by = {}
    for one in args.made_by:
        key, equals, text = one.partition("=")
        if not key or not equals:
            raise InputError(f"--made-by {one}: expected KEY=TEXT")
        made_by[key] = text
    texts = PackTexts(
        args.summary,
        args.licence,
        args.training_data,
        {} if args.metrics is None else _metrics(args.metrics),
        made_by,
        "" if args.card is None else _text(args.card),
        tuple(args.picture),
    )
    facts = save_pretrained(
        args.run,
        args.output,
        texts,
        half=args.half,
        discriminators=not args.no_discriminators,
        overwrite=args.overwrite,
    )
    print(f"made: {facts.name} ({_megabytes(args.output):.1f} MB, {args.output})")
    return 0


def _metrics(path: Path) -> dict[str, float]:
    try:
        values = json.loads(_text(path))
        return {str(name): float(value) for name, value in values.items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: expected names to numbers: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _megabytes(folder: Path) -> float:
    sizes = (path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return sum(sizes) / 1e6
