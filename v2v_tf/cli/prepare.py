"""`v2v-tf prepare` makes clip records from folders of frames or videos."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from v2v_tf import config as configuration
from v2v_tf.cli.arguments import (
    HelpFormatter,
    add_source_arguments,
    require_task,
    source_overrides,
)
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.config import TASKS, Config
from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.data.sources.base import BadClip


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "prepare",
        help="make clip records from folders of frames or videos",
        description="Reads frames, draws their conditions, computes the optical flow "
        "that training learns from, and writes one record per clip. Exit status: 0 "
        "done, 1 too many bad clips, 2 unusable input.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--task",
        choices=TASKS.names(),
        help="Kind of condition to prepare; without this option, that of --config.",
    )
    parser.add_argument(
        "--source",
        required=True,
        metavar="PATH",
        help="Folder in the layout of NVIDIA/vid2vid "
        "(https://github.com/NVIDIA/vid2vid) or of Cityscapes; for the tasks edges, "
        "face and pose also a video file or a folder of them, whose landmarks or poses "
        "are found first (see v2v-tf annotate).",
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="DIR",
        help="Folder to write the clip records to.",
    )
    add_config_arguments(
        parser, None, "; without this option, the default preset of --task"
    )
    add_source_arguments(parser)
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace the records in the output folder once the new ones are complete.",
    )
    parser.add_argument(
        "--beam",
        action="append",
        default=[],
        metavar="ARG",
        help="Option for Apache Beam, which does the work, such as "
        "--beam=--direct_running_mode=multi_processing --beam=--direct_num_workers=4. "
        "Can be given several times.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command; returns 1 when too many clips are bad."""
    config = _load(args)
    from v2v_tf.apps.annotation.raw_videos import annotated, is_raw
    from v2v_tf.data.prepare.prepare import prepare

    source = args.source
    if is_raw(source, config):
        source = annotated(source, args.output, config, args.overwrite, print)
    summary = prepare(source, args.output, config, tuple(args.beam), args.overwrite)
    for split, num_clips in summary.num_clips.items():
        frames = summary.num_frames[split]
        print(f"{split}: {num_clips} clips, {frames} frames in {summary.output}")
    file = summary.output / "quarantine.jsonl"
    if summary.lost:
        print(f"put aside: {summary.bad_fraction:.1%} of the frames, see {file}")
        print(
            "  a frame that cannot be used costs itself, and what is left of fewer "
            f"than data.min_frames={config.data.min_frames} frames between such ones"
        )
        _print_reasons(summary.lost)
    if summary.notes:
        print(f"noticed, see {file}:")
        _print_reasons(summary.notes)
    if summary.doubts:
        print("look at this before you train:")
        for doubt in summary.doubts:
            print(f"  {doubt}")
    if not summary.accepted:
        print(f"more than data.max_bad_fraction={summary.max_bad_fraction:.0%} are bad")
    return 0 if summary.accepted else 1


def _print_reasons(entries: Sequence[BadClip]) -> None:
    """Prints each reason once, with how often it came and the first file."""
    from v2v_tf.data.sources.base import count_reasons

    for line in count_reasons((entry.reason, entry.path) for entry in entries):
        print(f"  {line}")


def _load(args: argparse.Namespace) -> Config:
    if args.config is None and args.task is None:
        raise InputError("name a --task, or a --config that does")
    preset = args.config or TASKS.get(args.task).default_preset
    overrides = (*source_overrides(args), *args.overrides)
    config = configuration.load_config(preset, overrides)
    require_task(args.task, config)
    if args.label_map is not None:
        config = TASKS.get(config.task).with_label_map(config, args.label_map)
    return config
