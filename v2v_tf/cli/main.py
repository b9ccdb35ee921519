"""Runs `v2v-tf`, the command line.

A sub-command is a module with `add_parser(subparsers)`, which sets `run_command` as the
parser's default, a function of the parsed arguments that returns the exit status.
Modules import TensorFlow inside `run`, so that `--help` answers at once. Other
packages register theirs in the entry-point group `v2v_tf.commands`.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Sequence
from importlib import metadata

from v2v_tf.cli.own_lines import shown_plainly
from v2v_tf.cli.quiet_start import quiet_start
from v2v_tf.errors import InputError
from v2v_tf.extras import MissingExtraError
from v2v_tf.memory.exhaustion import OutOfMemory, is_out_of_memory

COMMANDS = (
    "toy_street",
    "annotate",
    "prepare",
    "train",
    "generate",
    "train_segmenter",
    "evaluate",
    "compare",
    "failures",
    "styles",
    "edit",
    "forecast",
    "retarget",
    "report",
    "export",
    "models",
    "import_nvidia",
)
ENTRY_POINT_GROUP = "v2v_tf.commands"


def build_parser() -> argparse.ArgumentParser:
    """Returns the parser with every sub-command."""
    parser = argparse.ArgumentParser(
        prog="v2v-tf",
        description="Trains, runs, measures and serves models of video-to-video "
        "synthesis (vid2vid) in TensorFlow.",
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in COMMANDS:
        importlib.import_module(f"v2v_tf.cli.{name}").add_parser(subparsers)
    for entry_point in metadata.entry_points(group=ENTRY_POINT_GROUP):
        _add_foreign(subparsers, entry_point)
    _add_debug(parser)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one sub-command, and says in one line why it failed.

    Args:
        argv: arguments; None for those of the process.

    Returns:
        0, or 2 for unusable input, 1 for a failing disk and for too little memory, and
        130 after Ctrl-C.
    """
    quiet_start()
    args = build_parser().parse_args(argv)
    try:
        with shown_plainly():
            return args.run_command(args)
    except KeyboardInterrupt:
        print(f"v2v-tf {args.command}: interrupted", file=sys.stderr)
        return 130
    except Exception as error:
        status, line = _explained(error)
        if not line:
            raise
        if getattr(args, "debug", False):
            traceback.print_exc()
        print(f"v2v-tf {args.command}: {line}", file=sys.stderr)
        return status


def _explained(error: Exception) -> tuple[int, str]:
    """Returns an exit status and a line; an empty one for what is a mistake here."""
    if isinstance(error, (InputError, OutOfMemory)):
        return 2 if isinstance(error, InputError) else 1, str(error)
    if is_out_of_memory(error):
        what = (str(error).strip().splitlines() or [type(error).__name__])[0]
        return 1, (
            f"out of memory ({what[:160]}): end other programs, or give smaller frames "
            "or fewer at a time"
        )
    return 1, str(error) if isinstance(error, OSError) else ""


def add_config_arguments(
    parser: argparse.ArgumentParser, default: str | None, otherwise: str = ""
) -> None:
    """Adds `--config` and `--set`.

    Args:
        parser: parser of a sub-command.
        default: preset that is read without `--config`; None for none.
        otherwise: phrase that says what happens without `--config`, where that is not
            to read a preset.
    """
    if default is not None:
        otherwise = f" (default: {default})"
    parser.add_argument(
        "--config",
        default=default,
        metavar="FILE",
        help=f"Configuration to use: a YAML file, or the name of a preset{otherwise}.",
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="overrides",
        help="Value of one key of the configuration, such as "
        "data.resize.load_size=256, in place of the file's. Can be given several "
        "times.",
    )


def _add_debug(parser: argparse.ArgumentParser) -> None:
    """Adds `--debug` to every command, and to the actions of those that have some."""
    for action in parser._actions:
        if not isinstance(action, argparse._SubParsersAction):
            continue
        for below in action.choices.values():
            _add_debug(below)
            # The parser of a missing extra takes any argument as it is.
            is_known = "--debug" in below._option_string_actions
            if "-" in below.prefix_chars and not _has_actions(below) and not is_known:
                below.add_argument(
                    "--debug",
                    action="store_true",
                    help="Show where an error comes from, besides its line.",
                )


def _has_actions(parser: argparse.ArgumentParser) -> bool:
    return any(isinstance(x, argparse._SubParsersAction) for x in parser._actions)


def _add_foreign(
    subparsers: argparse._SubParsersAction, entry_point: metadata.EntryPoint
) -> None:
    try:
        entry_point.load().add_parser(subparsers)
    except ImportError as error:
        missing = _as_missing_extra(error, entry_point)
        # Takes any arguments, so that the message comes and not argparse's.
        parser = subparsers.add_parser(
            entry_point.name,
            help=f"needs [{missing.extra}]",
            add_help=False,
            prefix_chars="\0",
        )
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

        def run(_args: argparse.Namespace) -> int:
            raise missing

        parser.set_defaults(run_command=run)


def _as_missing_extra(
    error: ImportError, entry_point: metadata.EntryPoint
) -> MissingExtraError:
    if isinstance(error, MissingExtraError):
        return error
    named = ", ".join(entry_point.extras) or entry_point.module.split(".")[0]
    return MissingExtraError(named, error)


if __name__ == "__main__":
    sys.exit(main())
