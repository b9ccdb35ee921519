"""`v2v-tf retarget`: another person's poses or face for a trained model."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import config as configuration
from v2v_tf.cli.main import add_config_arguments
from v2v_tf.errors import InputError


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    parser = subparsers.add_parser(
        "retarget",
        help="fit somebody else's poses or face to the person of a model",
        description="Fits poses (OpenPose) or faces (68 landmarks) in size, place and "
        "proportions to the person that a model was trained on, for prepare, generate "
        "and stream; with a preview.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--source",
        required=True,
        type=Path,
        metavar="DIR",
        help="who drives: train_openpose/ or train_keypoints/, train_img/ or not",
    )
    parser.add_argument("--sequence", help="its name, where there are several")
    parser.add_argument(
        "--reference",
        required=True,
        type=Path,
        metavar="DIR",
        help="who is shown: a source that the model was trained on",
    )
    parser.add_argument("--reference-sequence", metavar="NAME", help="likewise")
    parser.add_argument(
        "--proportions",
        choices=("global", "limbs", "parts"),
        help="global: one scale; limbs (pose) or parts (face): those of the "
        "reference; without this, the latter",
    )
    parser.add_argument(
        "--smooth",
        type=int,
        metavar="N",
        help="median over N frames, odd; without this, 5 for faces, 1 (none) for poses",
    )
    parser.add_argument(
        "--missing",
        choices=("fill", "drop", "keep"),
        default="fill",
        help="missing points: fill from the frames around, drop frames that lack what "
        "the reference always shows, or keep them missing",
    )
    parser.add_argument(
        "--max-gap",
        type=int,
        default=10,
        metavar="N",
        help="frames; what is missing longer is not filled",
    )
    parser.add_argument("--model", type=Path, metavar="DIR", help="run folder of train")
    parser.add_argument(
        "--output", required=True, type=Path, metavar="DIR", help="folder to write"
    )
    add_config_arguments(parser, default=None)
    parser.add_argument("--fps", type=float, default=12.0, help="of the preview")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace an earlier result"
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Retargets; returns 0."""
    from v2v_tf.apps.retargeting.retarget import RetargetOptions, retarget

    if args.model is None and args.config is None:
        raise InputError("name the --model, or the --config that it is trained with")
    config = None
    if args.model is None:
        config = configuration.load_config(args.config, tuple(args.overrides))
    done = retarget(
        args.source,
        args.reference,
        args.output,
        RetargetOptions(args.proportions, args.smooth, args.missing, args.max_gap),
        config=config,
        run_dir=args.model,
        sequence=args.sequence,
        reference_sequence=args.reference_sequence,
        fps=args.fps,
        overwrite=args.overwrite,
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
    print(f"retargeted: {args.output}")
    return 0
