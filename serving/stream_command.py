"""`v2v-tf stream`: a folder or a video in, generated frames of a server out."""

from __future__ import annotations

import argparse
from pathlib import Path

from v2v_tf import extras


def add_parser(subparsers) -> None:
    """Adds the sub-command."""
    extras.require("serving")
    parser = subparsers.add_parser(
        "stream",
        help="generate a video with a model that a server serves",
        description="Draws the conditions of a folder or a video, sends them frame by "
        "frame to `v2v-tf serve` or TensorFlow Serving, and writes an mp4.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--server", required=True, metavar="HOST:PORT", help="gRPC")
    parser.add_argument(
        "--config",
        required=True,
        metavar="FILE",
        help="what the model was trained with: assets.extra/config.yaml of its export, "
        "or a preset",
    )
    parser.add_argument(
        "--source",
        required=True,
        type=Path,
        metavar="PATH",
        help="a folder as `v2v-tf prepare` takes them, or a video",
    )
    parser.add_argument(
        "--output", required=True, type=Path, metavar="FILE", help="an .mp4 to write"
    )
    parser.add_argument("--sequence", help="which one, of a source of several")
    parser.add_argument("--model-name", default="vid2vid", help="on the server")
    parser.add_argument("--model-version", type=int, help="the newest by default")
    parser.add_argument("--model-label", help="of a version, such as stable")
    parser.add_argument(
        "--first-frames",
        choices=("given", "generated"),
        default="given",
        help="begin with the source's own frames, or leave it to the model",
    )
    parser.add_argument(
        "--style",
        default="sample",
        metavar="STYLE",
        help="what things look like, of a model with styles: own (what the source's "
        "first frames show), sample, index:N, or image:PATH, a frame of a source",
    )
    parser.add_argument("--seed", type=int, default=0, help="of --style sample")
    parser.add_argument(
        "--tls-ca", type=Path, metavar="FILE", help="PEM that the server is checked by"
    )
    parser.add_argument("--timeout", type=float, default=60.0, help="s a request")
    parser.add_argument("--fps", type=float, default=12.0, help="of the video")
    parser.add_argument(
        "--overwrite", action="store_true", help="replace the output file"
    )
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Streams; returns 0, or 1 where the server refuses."""
    import sys

    import grpc

    from serving.streaming import stream_to_video

    try:
        frames, seconds = stream_to_video(args)
    except grpc.RpcError as error:
        print(
            f"v2v-tf stream: {args.server}: {error.code().name}: {error.details()}",
            file=sys.stderr,
        )
        return 1
    print(
        f"streamed {frames} frames in {seconds:.1f} s, {frames / seconds:.1f} frames "
        f"a second: {args.output}"
    )
    return 0
