"""`v2v-tf evaluate` measures a trained model, or videos, beside the real clips."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from v2v_tf.cli.arguments import HelpFormatter, add_overwrite, model
from v2v_tf.cli.evaluation_arguments import (
    add_evaluation_arguments,
    adherence_options,
    network_options,
)
from v2v_tf.config import TASKS
from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.apps.evaluation.gathering import Summary
    from v2v_tf.inference.job import Destination

# What is said of models, and of nothing else.
_OF_MODELS = ("segmenter", "first_frames", "first_frame_model", "precision")


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a trained model, or videos",
        description="Generates every clip of a split and prints all metrics beside "
        "those of the real clips: metrics of single frames, of motion, of how closely "
        "conditions are kept, and Fréchet distances over all clips, each with the "
        "floor that real clips have among themselves. The segmentation network that "
        "reads streets is trained once on the real clips, into the run folder; "
        "Inception and video networks are used where their weights are named. With "
        "--videos and --real in place of --model and --data, measures videos that any "
        "tool made.",
        formatter_class=HelpFormatter,
    )
    add_evaluation_arguments(parser, required=False)
    parser.add_argument(
        "--videos",
        type=Path,
        metavar="PATH",
        help="Generated videos to measure in place of a model: a video, or a folder of "
        "videos or of folders of frames. Each is held to the one of --real that has "
        "its name.",
    )
    parser.add_argument(
        "--real",
        type=Path,
        metavar="PATH",
        help="Real videos that --videos are held to; they are brought to the size of "
        "the generated ones.",
    )
    parser.add_argument(
        "--task",
        choices=TASKS.names(),
        help="Kind of condition to find again in --videos; without this option, "
        "nothing says how closely conditions are kept. A model has a task of its own.",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="DIR",
        help="Folder for videos and numbers; without this option, the metrics are "
        "printed alone.",
    )
    add_overwrite(parser)
    parser.add_argument(
        "--first-frames",
        choices=("given", "generated", "zeros"),
        help="First frames of each video: real ones (given), frames of "
        "--first-frame-model (generated), or none (zeros); without this option, those "
        "that the model was trained with.",
    )
    parser.add_argument(
        "--first-frame-model",
        type=model,
        metavar="DIR",
        help="Run folder of a first_frame model, which makes the first frames for "
        "--first-frames generated.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Evaluates; returns 0."""
    from v2v_tf.apps.evaluation.tables import as_text
    from v2v_tf.inference.job import Destination

    measures_videos = _measures_videos(args)
    destination = None
    if args.output is not None:
        destination = Destination(args.output, args.overwrite, args.fps)
    measure = _measure_videos if measures_videos else _measure_model
    print(as_text(measure(args, destination)))
    if args.output is not None:
        print(f"evaluated: {args.output}")
    return 0


def _measures_videos(args: argparse.Namespace) -> bool:
    """Returns whether videos are measured, and not a model.

    Raises:
        InputError: neither, or both; an option of the other.
    """
    named = [f"--{n}" for n in ("model", "data", "videos", "real") if getattr(args, n)]
    if named not in (["--model", "--data"], ["--videos", "--real"]):
        raise InputError(
            "give --model and --data to measure a model, or --videos and --real to "
            f"measure videos, got {' and '.join(named) or 'none of them'}"
        )
    is_video = named[0] == "--videos"
    for name in _OF_MODELS if is_video else ("task",):
        if getattr(args, name) is not None:
            option = f"--{name.replace('_', '-')}"
            why = "there is no model" if is_video else "a model has a task of its own"
            other = "--model" if is_video else "--videos"
            raise InputError(f"{option} goes with {other}, and {why}: leave it out")
    return is_video


def _measure_model(
    args: argparse.Namespace, destination: Destination | None
) -> Summary:
    from v2v_tf.apps.evaluation.evaluate import evaluate
    from v2v_tf.inference.job import ClipSelection
    from v2v_tf.inference.loading import ModelOptions

    return evaluate(
        ModelOptions(
            args.model, args.precision, args.first_frames, args.first_frame_model
        ),
        ClipSelection(args.data, args.split),
        destination,
        network_options(args),
        adherence_options(args),
    )


def _measure_videos(
    args: argparse.Namespace, destination: Destination | None
) -> Summary:
    from v2v_tf.apps.evaluation.videos import VideoFolders, evaluate_videos

    return evaluate_videos(
        VideoFolders(args.videos, args.real, args.task),
        destination,
        network_options(args),
        adherence_options(args),
        say=print,
    )
