"""`v2v-tf evaluate`: all metrics of a trained model, beside the real clips' own."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf.config import PRECISIONS
from v2v_tf.errors import InputError


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a trained model",
        description="Generates every clip of a split and prints all metrics beside "
        "the real clips' own: those of single frames, of motion, and Fréchet distances "
        "of all clips, each with the floor that real clips score among themselves. "
        "The segmentation network that judges streets is trained once on the real "
        "clips, into the run folder; Inception and video networks are used where their "
        "weights are named.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add_evaluation_arguments(parser)
    parser.add_argument(
        "--output", type=Path, metavar="DIR", help="folder for videos and numbers"
    )
    parser.add_argument(
        "--first-frames",
        choices=("given", "generated", "zeros"),
        help="what a video begins with, as of generate",
    )
    parser.add_argument(
        "--first-frame-model",
        type=Path,
        metavar="DIR",
        help="run folder of a first_frame model, for --first-frames generated",
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Evaluates; returns 0."""
    from v2v_tf.apps.evaluation.evaluate import evaluate
    from v2v_tf.apps.evaluation.tables import as_text

    summary = evaluate(
        args.model,
        args.data,
        args.output,
        split=args.split,
        fps=args.fps,
        precision=args.precision,
        overwrite=args.overwrite,
        first_frames=args.first_frames,
        first_frame_model=args.first_frame_model,
        judges=judge_options(args),
    )
    print(as_text(summary))
    if args.output is not None:
        print(f"evaluated: {args.output}")
    return 0


def add_evaluation_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds what `evaluate` and `compare` share."""
    parser.add_argument(
        "--model", required=True, type=Path, metavar="DIR", help="run folder of train"
    )
    parser.add_argument(
        "--data", required=True, type=Path, metavar="DIR", help="clip records"
    )
    parser.add_argument(
        "--split", default="train", choices=("train", "eval"), help="of the records"
    )
    parser.add_argument(
        "--segmenter",
        type=Path,
        metavar="DIR",
        help="of train-segmenter, in the place of the run's own",
    )
    parser.add_argument(
        "--segmenter-steps",
        type=int,
        default=800,
        metavar="N",
        help="to train the run's own by: batches of 8 frames",
    )
    parser.add_argument(
        "--inception",
        metavar="FILE",
        help="weights of Keras' InceptionV3 without its top, or 'imagenet', for "
        "fid_keras_inception and kid_keras_inception",
    )
    parser.add_argument(
        "--video-network",
        type=Path,
        metavar="DIR",
        help="SavedModel that turns clips [N, T, H, W, 3] in [-1, 1] into features, "
        "for fvd",
    )
    parser.add_argument(
        "--video-signature", default="serving_default", metavar="NAME", help="of it"
    )
    parser.add_argument("--video-output", metavar="NAME", help="of that signature")
    parser.add_argument(
        "--video-frames", type=int, metavar="T", help="where the network leaves it open"
    )
    parser.add_argument(
        "--video-size", metavar="WxH", help="where the network leaves it open"
    )
    parser.add_argument("--fps", type=float, default=12.0, help="of the videos")
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        help="compute in another precision than the run's own",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="replace a former result"
    )


def judge_options(args: argparse.Namespace):
    """Returns the `JudgeOptions` of the arguments above.

    Raises:
        InputError: options of a video network without one, or no size.
    """
    from v2v_tf.apps.evaluation.judges import JudgeOptions
    from v2v_tf.apps.evaluation.networks import VideoNetworkOptions

    common = (args.segmenter, args.segmenter_steps, args.inception)
    if args.video_network is None:
        if (args.video_output, args.video_frames, args.video_size) != (None,) * 3:
            raise InputError(
                "--video-output, --video-frames and --video-size say how "
                "--video-network is read: name it too"
            )
        return JudgeOptions(*common)
    video = VideoNetworkOptions(
        args.video_network,
        args.video_signature,
        args.video_output,
        args.video_frames,
        None if args.video_size is None else _size(args.video_size),
    )
    return JudgeOptions(*common, video)


def _size(text: str) -> tuple[int, int]:
    """Returns (height, width) of `WxH`."""
    width, cross, height = text.partition("x")
    if not (cross and width.isdigit() and height.isdigit()):
        raise InputError(f"--video-size {text}: expected WxH, as 224x224")
    return int(height), int(width)
