"""Streams a source of frames through a server into a video file."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
from tqdm import tqdm

from serving.client import Vid2VidClient
from serving.protocol import Interface, Target
from v2v_tf import config as configuration
from v2v_tf.config import Config
from v2v_tf.data.input.stream import draw_frames, find_sequence
from v2v_tf.errors import InputError
from v2v_tf.inference.style_choice import StyleChoice, draw_image, parse_style
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.tasks.registry import task_of
from v2v_tf.visualization.video import open_video

FIRST_FRAMES = ("given", "generated")


@dataclass(frozen=True)
class StreamedVideo:
    """Describes a video that a server generated.

    Attributes:
        path: the file.
        num_frames: frames in it.
        seconds: time from the first request for a frame to the last frame written.
    """

    path: Path
    num_frames: int
    seconds: float

    @property
    def frames_per_second(self) -> float:
        """Returns the frames generated and written per second."""
        return self.num_frames / self.seconds


def stream_video(
    source: str | Path,
    output: str | Path,
    *,
    server: str,
    config: Config | str | Path,
    model: Target | None = None,
    sequence: str | None = None,
    label_map: str | None = None,
    first_frames: str = "given",
    style: str = "sample",
    seed: int = 0,
    tls_ca: str | Path | None = None,
    timeout: float = 60.0,
    fps: float = 12.0,
    overwrite: bool = False,
    show_progress: bool = False,
) -> StreamedVideo:
    """Generates a video with a model that a server serves, and writes it to a file.

    The conditions of the source are drawn here, as training sees them, and sent frame
    by frame; the memory used does not grow with the length of the video.

    Args:
        source: folder as `v2v-tf prepare` takes it, or a video file.
        output: `.mp4` file to write.
        server: address `host:port` of the server's gRPC service.
        config: configuration that the model was trained with: a `Config`, a YAML file
            such as `assets.extra/config.yaml` of the export, or the name of a preset.
        model: model to ask for; None for the newest version of `vid2vid`.
        sequence: name of the sequence, for a source that holds several.
        label_map: table of the source's label ids or colours, as `--label-map` takes
            it; None for that of the configuration.
        first_frames: `given` begins with the source's own frames where the model takes
            them; `generated` leaves the first frames to the model.
        style: style of the video, for a model with styles: `own` (that of the source's
            first frames), `sample`, `index:N`, or `image:PATH` (a frame of a source).
        seed: seed of `style="sample"`.
        tls_ca: PEM file of the certificates that the server's certificate is checked
            against; None for a connection without TLS.
        timeout: seconds that each request may take.
        fps: frames per second of the written video.
        overwrite: replace `output` where it exists.
        show_progress: draw a progress bar on a terminal.

    Returns:
        The file, its number of frames and the time they took.

    Raises:
        grpc.RpcError: the server refuses a request, or cannot be reached.
        InputError: a source, configuration, model, style or output cannot be used.

    Example:
        With `server`, the address `host:port` of a server that `v2v-tf serve` started:

        ```python
        >>> video = stream_video(
        ...     "clips",
        ...     "video.mp4",
        ...     server=server,
        ...     config="models/vid2vid/1/assets.extra/config.yaml",
        ...     sequence="toy_0001",
        ... )
        >>> video.num_frames
        6
        ```
    """
    if first_frames not in FIRST_FRAMES:
        raise InputError(
            f"first_frames: expected {' or '.join(FIRST_FRAMES)}, got '{first_frames}'"
        )
    choice = parse_style(style, seed)
    if not isinstance(config, Config):
        config = configuration.load_config(config)
    if label_map is not None:
        config = task_of(config).with_label_map(config, label_map)
    clip = find_sequence(source, config, sequence)
    credentials = None if tls_ca is None else _credentials(Path(tls_ca))
    with Vid2VidClient(
        server, model, timeout=timeout, credentials=credentials
    ) as client:
        interface = client.interface()
        total = clip.count_frames() - interface.history
        if total < 1:
            raise InputError(
                f"{clip.path}: {total + interface.history} frames, and the model "
                f"needs more than {interface.history} to generate one"
            )
        drawn = draw_frames(clip, config)
        given, drawn = _given_frames(drawn, interface, first_frames)
        styles = None
        if interface.has_styles:
            styles, drawn = _styles(choice, client, config, interface, drawn)
        planes, instances = _unzip(drawn)
        frames = client.stream(planes, instances, given, styles)
        bar = tqdm(frames, total=total, unit="frame", disable=not show_progress or None)
        began = time.monotonic()
        with open_video(Path(output), fps, overwrite) as append:
            for frame in bar:
                append(frame)
        return StreamedVideo(Path(output), total, time.monotonic() - began)


def _given_frames(
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
    choice: StyleChoice,
    client: Vid2VidClient,
    config: Config,
    interface: Interface,
    drawn: Iterator[DrawnFrame],
) -> tuple[np.ndarray, Iterator[DrawnFrame]]:
    """Returns the styles of the video, and all drawn frames again."""
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


def _credentials(path: Path) -> grpc.ChannelCredentials:
    try:
        return grpc.ssl_channel_credentials(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
