"""`v2v-tf annotate` finds the conditions of raw videos."""

from __future__ import annotations

import argparse
import sys

from v2v_tf import config as configuration
from v2v_tf.cli.arguments import HelpFormatter, require_task
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.config import TASKS, Config
from v2v_tf.errors import InputError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "annotate",
        help="find the conditions of a task in raw videos",
        description="Finds the conditions of a task in videos by networks, follows one "
        "person or the objects of label maps, and writes frames and conditions as a "
        "source that all other commands read, with a preview to look at. Exit status: "
        "0 done, 2 unusable input.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--task",
        choices=TASKS.names(),
        help="Kind of condition to find; without this option, that of --config.",
    )
    parser.add_argument(
        "--source",
        required=True,
        metavar="PATH",
        help="Video, folder of videos, or folder of frames.",
    )
    parser.add_argument(
        "--output",
        required=True,
        metavar="DIR",
        help="Folder to write the annotated source to.",
    )
    parser.add_argument(
        "--detector",
        metavar="NAME",
        help="Detector to use; without this option, the one of the task.",
    )
    parser.add_argument(
        "--network",
        metavar="NAME",
        help="Networks of the detector. Of faces and poses: a folder of their files; "
        "without this option, those of the package that brings them. Of labels and "
        "depths: a folder that train-segmenter wrote, a SavedModel, a .tflite or .onnx "
        "file, a folder with config.json and *.safetensors, hf:ORG/NAME@COMMIT, or a "
        "network.json that names one.",
    )
    parser.add_argument(
        "--labels",
        metavar="FILE",
        help="What the classes of a network of labels become: JSON or YAML, an object "
        "from names of classes to labels, or CSV with lines name,label; a label is an "
        "id, a name, or ignore. Without this option, classes become the labels of "
        "their name.",
    )
    add_config_arguments(parser, None, "; without this option, the defaults of --task")
    parser.add_argument(
        "--person",
        default="largest",
        metavar="WHO",
        help="Person to follow where there are several: largest, a number from 0 "
        "(from the left), or 'point x,y' in pixels (default: largest).",
    )
    parser.add_argument(
        "--smooth",
        metavar="HOW",
        help="Smoothing over time: an odd number of frames, of a median; one-euro, "
        "which holds still points still and follows fast ones; or off, for exactly "
        "what was found. Without this option, a median of 3 frames for points and "
        "silhouettes, and none for other pictures.",
    )
    parser.add_argument(
        "--max-gap",
        type=int,
        metavar="FRAMES",
        help="Longest gap in frames that the summary counts as bridged, as prepare "
        "--max-gap does it; without this option, as the configuration says "
        "(data.max_gap).",
    )
    parser.add_argument(
        "--workers",
        type=int,
        default=1,
        metavar="N",
        help="Number of processes that share the work (default: 1).",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="Replace an earlier result once the new one is complete.",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="Go on with an annotation that was interrupted.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    from v2v_tf.apps.annotation.annotate import annotate
    from v2v_tf.apps.annotation.following import parse_person
    from v2v_tf.apps.annotation.smoothing import parse_smoothing
    from v2v_tf.apps.annotation.working import AnnotationOptions, AnnotationStopped

    config = _load(args)
    options = AnnotationOptions(
        args.detector,
        args.network,
        args.labels,
        parse_person(args.person),
        None if args.smooth is None else parse_smoothing(args.smooth),
        args.workers,
    )
    try:
        annotate(
            args.source,
            args.output,
            config,
            options,
            overwrite=args.overwrite,
            resume=args.resume,
            say=print,
        )
    except AnnotationStopped as stopped:
        print(f"v2v-tf annotate: {stopped}", file=sys.stderr)
        return 128 + stopped.signum
    print(f"annotated: {args.output}")
    return 0


def _load(args: argparse.Namespace) -> Config:
    if args.config is None and args.task is None:
        raise InputError("name a --task, or a --config that does")
    task = () if args.config is not None else (f"task={args.task}",)
    gap = () if args.max_gap is None else (f"data.max_gap={args.max_gap}",)
    config = configuration.load_config(args.config, (*task, *gap, *args.overrides))
    require_task(args.task, config)
    return config
