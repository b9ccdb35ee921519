"""From a source of frames through a server to a video file."""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterable, Iterator

import grpc
import numpy as np
from tqdm import tqdm

from serving.client import Vid2VidClient
from serving.protocol import Interface, Target
from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data.input.stream import draw_frames, find_sequence
from v2v_tf.errors import InputError
from v2v_tf.inference.style_choice import draw_image, parse_style
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.visualization.video import open_video


def stream_to_video(args: argparse.Namespace) -> tuple[int, float]:
    """Streams a source; returns the number of frames and the seconds they took.

    Args:
        args: of `v2v-tf stream`.

    Raises:
        grpc.RpcError: the server refuses, or is not there.
        InputError: a source, model or output that cannot be used.
    """
    config = configuration.load(args.config)
    sequence = find_sequence(args.source, config, args.sequence)
    target = Target(args.model_name, args.model_version, args.model_label)
    with Vid2VidClient(
        args.server, target, timeout=args.timeout, credentials=_credentials(args.tls_ca)
    ) as client:
        interface = client.interface()
        total = sequence.count_frames() - interface.history
        if total < 1:
            raise InputError(
                f"{sequence.path}: {total + interface.history} frames, and the model "
                f"needs more than {interface.history} to generate one"
            )
        drawn = draw_frames(sequence, config)
        first, drawn = _first_frames(drawn, interface, args.first_frames)
        styles = None
        if interface.has_styles:
            styles, drawn = _styles(args, client, config, interface, drawn)
        planes, instances = _unzip(drawn)
        frames = client.stream(planes, instances, first, styles)
        began = time.monotonic()
        with open_video(args.output, args.fps, args.overwrite) as append:
            for frame in tqdm(frames, total=total, unit="frame", disable=None):
                append(frame)
        return total, time.monotonic() - began


def _first_frames(
    drawn: Iterator[DrawnFrame], interface: Interface, wanted: str
) -> tuple[np.ndarray | None, Iterator[DrawnFrame]]:
    """Returns the frames to begin with, and all drawn frames again."""
    if not interface.takes_frames or wanted == "generated":
        return None, drawn
    window = list(itertools.islice(drawn, interface.history))
    frames = [one.frame for one in window if one.frame is not None]
    if len(frames) < len(window):
        raise InputError(
            "the source has no frames to begin with: use --first-frames generated, "
            "with a model that was exported with --first-frame-model"
        )
    return np.stack(frames), itertools.chain(window, drawn)


def _styles(
    args: argparse.Namespace,
    client: Vid2VidClient,
    config: Config,
    interface: Interface,
    drawn: Iterator[DrawnFrame],
) -> tuple[np.ndarray, Iterator[DrawnFrame]]:
    """Returns what the video is to look like, and all drawn frames again."""
    choice = parse_style(args.style, args.seed)
    if choice.kind in ("sample", "index"):
        component = choice.index if choice.kind == "index" else -1
        return client.sample_styles(choice.seed, component), drawn
    if choice.image is not None:
        shown = [draw_image(choice.image, config)]
    else:
        shown = list(itertools.islice(drawn, interface.history))
        drawn = itertools.chain(shown, drawn)
    frames = [one.frame for one in shown if one.frame is not None]
    if len(frames) < len(shown):
        raise InputError("the source has no frames: use --style sample or index:N")
    ids = [one.instances for one in shown if one.instances is not None]
    planes = np.stack([one.planes for one in shown])
    instances = np.stack(ids) if ids and interface.uses_instances else None
    return client.styles_from_frames(planes, np.stack(frames), instances), drawn


def _unzip(
    drawn: Iterable[DrawnFrame],
) -> tuple[Iterator[np.ndarray], Iterator[np.ndarray] | None]:
    """Returns planes and instances of frames, each drawn once."""
    one, other = itertools.tee(drawn)
    head, other = _peek(other)
    planes = (frame.planes for frame in one)
    if head.instances is None:
        return planes, None
    return planes, (frame.instances for frame in other if frame.instances is not None)


def _peek(frames: Iterator[DrawnFrame]) -> tuple[DrawnFrame, Iterator[DrawnFrame]]:
    head = next(frames)
    return head, itertools.chain([head], frames)


def _credentials(path) -> grpc.ChannelCredentials | None:
    if path is None:
        return None
    try:
        return grpc.ssl_channel_credentials(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
