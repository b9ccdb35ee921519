"""Streams a source of frames through a server into a video file."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import grpc
from tqdm import tqdm

from serving.client import Vid2VidClient
from serving.protocol import Target
from serving.stepper import ServedStepper
from v2v_tf import config as configuration
from v2v_tf.apps.generation.beginning import parse_beginning
from v2v_tf.apps.generation.frames import Progress, generate_frames
from v2v_tf.apps.generation.notices import announced, say_problems
from v2v_tf.config import Config
from v2v_tf.data.input.stream import draw_pictures, find_sequence
from v2v_tf.data.sources.rates import DEFAULT_RATE
from v2v_tf.errors import InputError
from v2v_tf.inference.style_choice import parse_style
from v2v_tf.tasks.registry import task_of
from v2v_tf.visualization.video import open_video


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
    first_frames: str | None = None,
    style: str = "sample",
    seed: int = 0,
    tls_ca: str | Path | None = None,
    timeout: float = 60.0,
    fps: float | None = None,
    overwrite: bool = False,
    show_progress: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> StreamedVideo:
    """Generates a video with a model that a server serves, and writes it to a file.

    The conditions of the source are drawn here, as training sees them, and sent frame
    by frame; the memory used does not grow with the length of the video. Every frame of
    the conditions is in it, those that it begins with and those held where points show
    nobody too, as with `v2v-tf generate`; real frames are not needed.

    Args:
        source: conditions with or without real frames, as `v2v-tf generate` takes
            them, or a video file.
        output: `.mp4` file to write.
        server: address `host:port` of the server's gRPC service.
        config: configuration that the model was trained with: a `Config`, a YAML file
            such as `assets.extra/config.yaml` of the export, or the name of a preset.
        model: model to ask for; None for the newest version of `vid2vid`.
        sequence: name of the sequence, for a source that holds several.
        label_map: table of the source's label ids or colours, as `--label-map` takes
            it; None for that of the configuration.
        first_frames: what the video begins with, as of `v2v-tf generate`: `given`, the
            source's own frames; `generated`, those of the model's own network; `zeros`,
            none; `image:PATH`, one photograph. None for `given` where the source has
            them, else `generated`; models that begin with zeros always do.
        style: style of the video, for a model with styles: `own` (that of the source's
            first frames), `sample`, `index:N`, or `image:PATH` (a frame of a source).
        seed: seed of `style="sample"`.
        tls_ca: PEM file of the certificates that the server's certificate is checked
            against; None for a connection without TLS.
        timeout: seconds that each request may take.
        fps: frames per second of the written video; None for those of the source, 25
            where it says none.
        overwrite: replace `output` where it exists.
        show_progress: draw a progress bar on a terminal.
        say: is given a line on sizes and first frames.

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
        8
        ```
    """
    wanted = parse_beginning(first_frames)
    choice = dataclasses.replace(parse_style(style, seed), label_map=label_map)
    if not isinstance(config, Config):
        config = configuration.load_config(config)
    if label_map is not None:
        config = task_of(config).with_label_map(config, label_map)
    clip = find_sequence(source, config, sequence)
    credentials = None if tls_ca is None else _credentials(Path(tls_ca))
    with Vid2VidClient(
        server, model, timeout=timeout, credentials=credentials
    ) as client:
        stepper = ServedStepper(client, config)
        contents = clip.contents()
        say_problems(clip.name, contents, say)
        pictures = announced(draw_pictures(clip, config), clip.name, (), say)
        progress = Progress()
        frames = generate_frames(stepper, pictures, wanted, choice, progress)
        total = contents.num_frames
        bar = tqdm(frames, total=total, unit="frame", disable=not show_progress or None)
        began, count = time.monotonic(), 0
        rate = fps or float(clip.fps() or DEFAULT_RATE)
        with open_video(Path(output), rate, overwrite) as append:
            for frame in bar:
                if not count:
                    say(f"{clip.name}: begins with {progress.beginning}")
                append(frame.image)
                count += 1
        return StreamedVideo(Path(output), count, time.monotonic() - began)


def _credentials(path: Path) -> grpc.ChannelCredentials:
    try:
        return grpc.ssl_channel_credentials(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
