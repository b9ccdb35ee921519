"""`v2v-tf evaluate` measures a trained model, beside the real clips."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from v2v_tf.cli.arguments import (
    HelpFormatter,
    add_data,
    add_fps,
    add_model,
    add_overwrite,
    add_split,
)
from v2v_tf.config import PRECISIONS
from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.apps.evaluation.clip_features import NetworkOptions


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a trained model",
        description="Generates every clip of a split and prints all metrics beside "
        "those of the real clips: metrics of single frames, of motion, and Fréchet "
        "distances over all clips, each with the distance that real clips have among "
        "themselves. The segmentation network that reads streets is trained once on "
        "the real clips, into the run folder; Inception and video networks are used "
        "where their weights are named.",
        formatter_class=HelpFormatter,
    )
    add_evaluation_arguments(parser)
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
        type=Path,
        metavar="DIR",
        help="Run folder of a first_frame model, which makes the first frames for "
        "--first-frames generated.",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Evaluates; returns 0."""
    from v2v_tf.apps.evaluation.evaluate import evaluate
    from v2v_tf.apps.evaluation.tables import as_text
    from v2v_tf.inference.job import ClipSelection, Destination
    from v2v_tf.inference.loading import ModelOptions

    summary = evaluate(
        ModelOptions(
            args.model, args.precision, args.first_frames, args.first_frame_model
        ),
        ClipSelection(args.data, args.split),
        None
        if args.output is None
        else Destination(args.output, args.overwrite, args.fps),
        network_options(args),
    )
    print(as_text(summary))
    if args.output is not None:
        print(f"evaluated: {args.output}")
    return 0


def add_evaluation_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `evaluate` and `compare` share."""
    add_model(parser)
    add_data(parser)
    add_split(parser, "train")
    parser.add_argument(
        "--segmenter",
        type=Path,
        metavar="DIR",
        help="Folder of a segmentation network that v2v-tf train-segmenter wrote; "
        "without this option, the network in the run folder, which is trained there "
        "where it is missing.",
    )
    parser.add_argument(
        "--segmenter-steps",
        type=int,
        default=800,
        metavar="N",
        help="Number of steps that train the segmentation network in the run folder, "
        "with 8 frames each.",
    )
    parser.add_argument(
        "--inception",
        metavar="FILE",
        help="File of weights of Keras' InceptionV3 without its top, or 'imagenet' to "
        "fetch them, for the metrics fid_keras_inception and kid_keras_inception; "
        "without this option, both are left out.",
    )
    parser.add_argument(
        "--video-network",
        type=Path,
        metavar="DIR",
        help="Folder of a SavedModel that turns clips [N, T, H, W, 3] in [-1, 1] into "
        "features, for the metric fvd; without this option, fvd is left out.",
    )
    parser.add_argument(
        "--video-signature",
        default="serving_default",
        metavar="NAME",
        help="Signature of --video-network to call.",
    )
    parser.add_argument(
        "--video-output",
        metavar="NAME",
        help="Output of --video-signature that holds the features; needed where it has "
        "more than one.",
    )
    parser.add_argument(
        "--video-frames",
        type=int,
        metavar="T",
        help="Number of frames that --video-network reads at once; needed where its "
        "signature leaves it open.",
    )
    parser.add_argument(
        "--video-size",
        metavar="WxH",
        help="Width and height in pixels that the video network reads; needed where "
        "its signature leaves them open.",
    )
    add_fps(parser)
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="Precision to compute in; without this option, the precision of the run.",
    )


def network_options(args: argparse.Namespace) -> NetworkOptions:
    """Returns the `NetworkOptions` of the arguments above.

    Raises:
        InputError: options of a video network without one, or no size.
    """
    from v2v_tf.apps.evaluation.clip_features import NetworkOptions
    from v2v_tf.apps.evaluation.networks import VideoNetworkOptions

    common = (args.segmenter, args.segmenter_steps, args.inception)
    if args.video_network is None:
        if (args.video_output, args.video_frames, args.video_size) != (None,) * 3:
            raise InputError(
                "--video-output, --video-frames and --video-size say how "
                "--video-network is read: name it too"
            )
        return NetworkOptions(*common)
    video = VideoNetworkOptions(
        args.video_network,
        args.video_signature,
        args.video_output,
        args.video_frames,
        None if args.video_size is None else _size(args.video_size),
    )
    return NetworkOptions(*common, video)


def _size(text: str) -> tuple[int, int]:
    """Returns (height, width) of `WxH`."""
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise InputError(f"--video-size {text}: expected WxH, as 224x224")
    return int(height), int(width)
