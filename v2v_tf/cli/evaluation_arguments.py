"""Arguments that `evaluate` and `compare` share, and the options they become."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from v2v_tf.cli.arguments import add_data, add_fps, add_model, add_split
from v2v_tf.config import PRECISIONS
from v2v_tf.errors import InputError

if TYPE_CHECKING:
    from v2v_tf.apps.evaluation.adherence import AdherenceOptions
    from v2v_tf.apps.evaluation.clip_features import NetworkOptions


def add_evaluation_arguments(
    parser: argparse.ArgumentParser, required: bool = True
) -> None:
    """Adds what `evaluate` and `compare` share.

    Args:
        parser: parser of the sub-command.
        required: whether there must be a model and its records.
    """
    add_model(parser, required=required)
    add_data(parser, required=required)
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
    parser.add_argument(
        "--detector",
        metavar="NAME",
        help="Detector that finds conditions again in real and in generated frames, to "
        "say how closely those are kept; none leaves that out. Without this option, "
        "the detector of the task, where it can be loaded.",
    )
    parser.add_argument(
        "--network",
        metavar="PATH",
        help="Folder or file of the detector's networks; without this option, those of "
        "the package that brings them.",
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


def adherence_options(args: argparse.Namespace) -> AdherenceOptions:
    """Returns the `AdherenceOptions` of the arguments above."""
    from v2v_tf.apps.evaluation.adherence import AdherenceOptions

    return AdherenceOptions(args.detector, args.network)


def _size(text: str) -> tuple[int, int]:
    """Returns (height, width) of `WxH`."""
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise InputError(f"--video-size {text}: expected WxH, as 224x224")
    return int(height), int(width)
