"""`v2v-tf retarget` fits another person's poses or face to a trained model."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.arguments import (
    HelpFormatter,
    add_fps,
    add_model,
    add_output,
    add_sequence,
)
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.errors import InputError


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "retarget",
        help="fit another person's poses or face to the person of a model",
        description="Fits poses (OpenPose) or faces (68 landmarks) in size, place and "
        "proportions to the person that a model was trained on, for prepare, generate "
        "and stream; writes a preview too.",
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--source",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder of the person whose motion is used, with train_openpose/ or "
        "train_keypoints/, or of such files themselves; pictures are not needed.",
    )
    add_sequence(parser)
    parser.add_argument(
        "--reference",
        required=True,
        type=Path,
        metavar="DIR",
        help="Folder of the person who is shown, one that the model was trained on, "
        "with train_img/ too: the pictures give the size of the result, and what "
        "videos may begin with.",
    )
    add_sequence(parser, "--reference-sequence", "--reference")
    parser.add_argument(
        "--proportions",
        choices=("global", "limbs", "parts"),
        help="Proportions of the result: those of the source at one scale (global), or "
        "those of the reference by limbs (pose) or by parts (face); without this "
        "option, those of the reference.",
    )
    parser.add_argument(
        "--smooth",
        type=int,
        metavar="N",
        help="Number of frames of the median that smooths points over time, odd; "
        "without this option, 5 for faces and 1 (no smoothing) for poses.",
    )
    parser.add_argument(
        "--missing",
        choices=("fill", "drop", "keep"),
        default="fill",
        help="Treatment of missing points: fill them from the frames around, drop "
        "frames that lack a point which the reference always shows, or keep them "
        "missing.",
    )
    parser.add_argument(
        "--max-gap",
        type=int,
        default=10,
        metavar="N",
        help="Longest gap in frames that --missing fill closes.",
    )
    add_model(
        parser,
        "Run folder of the model that will generate the video; without this option, "
        "name the --config that it is trained with.",
        required=False,
    )
    add_output(parser)
    add_config_arguments(parser, None, "; without this option, that of --model")
    add_fps(parser, "Frames per second of the preview.", 12.0)
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Retargets; returns 0."""
    from v2v_tf.apps.retargeting.retarget import RetargetOptions, retarget
    from v2v_tf.data.input.stream import SequenceChoice
    from v2v_tf.inference.job import Destination

    if args.model is None and args.config is None:
        raise InputError("name the --model, or the --config that it is trained with")
    config = None
    if args.model is None:
        config = configuration.load_config(args.config, tuple(args.overrides))
    done = retarget(
        SequenceChoice(args.source, args.sequence),
        SequenceChoice(args.reference, args.reference_sequence),
        Destination(args.output, args.overwrite, args.fps),
        RetargetOptions(args.proportions, args.smooth, args.missing, args.max_gap),
        config=config,
        run_dir=args.model,
    )
    placed = f", placed by the {done.anchor}" if done.anchor else ""
    print(f"scaled by {done.scale:.3f}{placed}: {done.num_frames} frames")
    if done.num_filled:
        print(f"filled: {done.num_filled} missing points")
    if done.dropped:
        print(f"dropped {len(done.dropped)} frames: {', '.join(done.dropped)}")
    if done.num_lacking:
        print(f"{done.num_lacking} frames lack a point that the reference always shows")
    if done.num_outside:
        print(
            f"{done.num_outside} frames leave the picture, and are drawn on its border"
        )
    print(
        f"retargeted: {args.output} (look at preview.mp4; v2v-tf generate --source "
        f"{args.output / 'source'} makes the video, whose PSNR and SSIM mean nothing: "
        "the source's pictures are the reference's, not what should come)"
    )
    return 0
