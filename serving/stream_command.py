"""`v2v-tf stream` generates a video with a model that a server serves."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import extras
from v2v_tf.cli.arguments import add_first_frames, add_label_map


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    extras.require("serving")
    parser = subparsers.add_parser(
        "stream",
        help="generate a video with a model that a server serves",
        description="Draws the conditions of a folder or a video, sends them frame by "
        "frame to `v2v-tf serve` or TensorFlow Serving, and writes the generated "
        "frames to an .mp4 file.",
    )
    parser.add_argument(
        "--server",
        required=True,
        metavar="HOST:PORT",
        help="Address of the server's gRPC service, such as localhost:8500.",
    )
    parser.add_argument(
        "--config",
        required=True,
        metavar="FILE",
        help="Configuration that the model was trained with: assets.extra/config.yaml "
        "of its export, another YAML file, or the name of a preset.",
    )
    parser.add_argument(
        "--source",
        required=True,
        type=Path,
        metavar="PATH",
        help="Conditions to make a video of, with or without real frames, as "
        "`v2v-tf generate` takes them, or a video file.",
    )
    parser.add_argument(
        "--output",
        required=True,
        type=Path,
        metavar="FILE",
        help="Video file to write, ending in .mp4.",
    )
    parser.add_argument(
        "--sequence",
        metavar="NAME",
        help="Name of the sequence to stream; needed where --source holds more than "
        "one.",
    )
    add_label_map(parser)
    parser.add_argument(
        "--model-name",
        default="vid2vid",
        metavar="NAME",
        help="Name under which the server serves the model (default: %(default)s).",
    )
    parser.add_argument(
        "--model-version",
        type=int,
        metavar="N",
        help="Number of the model's version (default: the newest one).",
    )
    parser.add_argument(
        "--model-label",
        metavar="LABEL",
        help="Label of the model's version, such as stable; in place of "
        "--model-version.",
    )
    add_first_frames(parser)
    parser.add_argument(
        "--style",
        default="sample",
        metavar="STYLE",
        help="Appearance of the instances, for a model with styles: own (that of the "
        "source's first frames), sample (drawn by --seed), index:N (component N of "
        "each class), or image:PATH (that of a frame of a source) "
        "(default: %(default)s).",
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        metavar="S",
        help="Seed of the random draw of --style sample (default: %(default)d).",
    )
    parser.add_argument(
        "--tls-ca",
        type=Path,
        metavar="FILE",
        help="PEM file of the certificates that the server's certificate is checked "
        "against (default: a connection without TLS).",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=60.0,
        metavar="S",
        help="Seconds that each request may take (default: %(default)g).",
    )
    parser.add_argument(
        "--fps",
        type=float,
        metavar="N",
        help="Frames per second of the written video; without this option those of the "
        "source, 25 for folders of pictures.",
    )
    parser.add_argument(
        "--overwrite", action="store_true", help="Replace the output file if it exists."
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Streams; returns 0, or 1 where the server refuses."""
    import sys

    import grpc

    from serving.protocol import Target
    from serving.streaming import stream_video

    try:
        video = stream_video(
            args.source,
            args.output,
            server=args.server,
            config=args.config,
            model=Target(args.model_name, args.model_version, args.model_label),
            sequence=args.sequence,
            label_map=args.label_map,
            first_frames=args.first_frames,
            style=args.style,
            seed=args.seed,
            tls_ca=args.tls_ca,
            timeout=args.timeout,
            fps=args.fps,
            overwrite=args.overwrite,
            show_progress=True,
            say=print,
        )
    except grpc.RpcError as error:
        print(
            f"v2v-tf stream: {args.server}: {error.code().name}: {error.details()}",
            file=sys.stderr,
        )
        return 1
    print(
        f"streamed {video.num_frames} frames in {video.seconds:.1f} s, "
        f"{video.frames_per_second:.1f} frames a second: {video.path}"
    )
    return 0
