"""`v2v-tf serve` runs the embedded server."""

from __future__ import annotations

import argparse

from v2v_tf import extras


def add_parser(subparsers: argparse._SubParsersAction) -> None:
    """Adds the sub-command."""
    extras.require("serving")
    from serving import options

    parser = subparsers.add_parser(
        "serve",
        help="serve exported models over gRPC and REST",
        description="Serves exported models over gRPC and REST with TensorFlow "
        "Serving's protocol, without its binary, and offers Prometheus metrics. New "
        "versions of a model are found and take the place of older ones.",
    )
    options.add_arguments(parser)
    parser.set_defaults(run_command=run)


def run(args: argparse.Namespace) -> int:
    """Serves until SIGTERM; returns 0."""
    from absl import logging

    from serving import options, server

    logging.set_verbosity(logging.INFO)
    return server.serve(options.from_arguments(args))
