"""Arguments that several sub-commands share, and how their help is printed."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.config import Config
from v2v_tf.errors import InputError

RUN = "Run folder that v2v-tf train wrote, or a pack: its folder or its name."
CONDITIONS = (
    "Label maps, with or without real frames, in a layout that v2v-tf generate reads."
)

FIRST_FRAMES = (
    "First frames of a video: given (real ones of the source), generated (of a network "
    "that the model brings), zeros (none), or image:PATH (one photograph, in place of "
    "all past frames). Without this option given, else generated; models that begin "
    "with zeros always do."
)


class HelpFormatter(argparse.HelpFormatter):
    """Ends the text of every option with its default, where it has one."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        text, default = action.help, action.default
        # A default of 0 is one, although it equals False.
        nothing = default is None or default is False or default == []
        if not text or nothing or default == argparse.SUPPRESS or "(default" in text:
            return text
        return f"{text.removesuffix('.')} (default: %(default)s)."


def add_model(
    parser: argparse.ArgumentParser, help_text: str = RUN, required: bool = True
) -> None:
    """Adds `--model`, the run folder."""
    parser.add_argument(
        "--model", required=required, type=model, metavar="MODEL", help=help_text
    )


def model(text: str) -> Path:
    """Returns the folder of a model that an option names, see `packs.finding`."""
    from v2v_tf.apps.packs.finding import model_folder

    try:
        return model_folder(text)
    except InputError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_data(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Adds `--data`, the clip records."""
    parser.add_argument(
        "--data",
        required=required,
        type=Path,
        metavar="DIR",
        help="Folder of clip records that v2v-tf prepare wrote.",
    )


def add_split(parser: argparse._ActionsContainer, default: str) -> None:
    """Adds `--split`, the part of the records."""
    parser.add_argument(
        "--split",
        default=default,
        choices=("train", "eval"),
        help="Part of the clip records to read.",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Adds `--output`, the folder to write, and `--overwrite`."""
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder to write; it appears when the result is complete.",
    )
    add_overwrite(parser)


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """Adds `--overwrite`."""
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace an earlier result of this command.",
    )


def add_fps(
    parser: argparse.ArgumentParser,
    help_text: str = "Frames per second of the written videos; without this option "
    "those that the records say, 12 where they say none.",
    default: float | None = None,
) -> None:
    """Adds `--fps`."""
    parser.add_argument(
        "--fps", type=float, default=default, metavar="N", help=help_text
    )


def add_sequence(
    parser: argparse.ArgumentParser, option: str = "--sequence", of: str = "--source"
) -> None:
    """Adds the option that names a sequence of a source."""
    parser.add_argument(
        option,
        metavar="NAME",
        help=f"Name of the sequence; needed where {of} holds more than one.",
    )


def add_first_frames(parser: argparse._ActionsContainer, note: str = "") -> None:
    """Adds `--first-frames`, of a source that is read as it lies on disk."""
    parser.add_argument("--first-frames", metavar="HOW", help=FIRST_FRAMES + note)


def add_source_arguments(parser: argparse._ActionsContainer) -> None:
    """Adds what says how a source is read: `--max-gap` and `--label-map`."""
    add_label_map(parser)
    parser.add_argument(
        "--max-gap",
        type=int,
        metavar="N",
        help="Bridge a face or a person that vanishes for N frames or fewer: its "
        "points are drawn between before and after. Without this option, as the "
        "configuration says (data.max_gap).",
    )


def add_label_map(parser: argparse._ActionsContainer) -> None:
    """Adds `--label-map`, the table of the ids or colours of a source."""
    parser.add_argument(
        "--label-map",
        metavar="FILE",
        help="Table of what the ids or colours of label maps become: a file with a "
        "line from,to for each id or r,g,b,id for each colour, or by name "
        "cityscapes-train-ids, cityscapes-colors, or none (ids as they are). Without "
        "this option, as the configuration says (conditioning.street.label_map).",
    )


def source_overrides(args: argparse.Namespace) -> tuple[str, ...]:
    """Returns options of `add_source_arguments` as values of the configuration.

    A label map is not among them: the task reads it, see `Task.with_label_map`.
    """
    return () if args.max_gap is None else (f"data.max_gap={args.max_gap}",)


def require_task(asked: str | None, config: Config) -> None:
    """Raises InputError where --task and the configuration name two tasks.

    Args:
        asked: name that --task gives; None without it.
        config: configuration that --config and --set give.
    """
    if asked not in (None, config.task):
        raise InputError(
            f"--task {asked} does not agree with the configuration, whose task is "
            f"{config.task}: name one of them only"
        )
