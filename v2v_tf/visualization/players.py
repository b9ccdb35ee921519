"""Plays clips on a page, several videos each, kept in step frame by frame.

Videos travel inside the page, as data URIs, so that one file is all.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg
import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.visualization.video import write_video

_CODEC = "h264"


@dataclass(frozen=True)
class EmbeddedVideo:
    """Holds an MP4 file in memory.

    Attributes:
        data: bytes of the file.
        size: (width, height), pixels.
        fps: frames a second.
        num_frames: number of frames.
    """

    data: bytes
    size: tuple[int, int]
    fps: float
    num_frames: int

    @property
    def uri(self) -> str:
        """Returns the file as a data URI."""
        return f"data:video/mp4;base64,{base64.b64encode(self.data).decode()}"


@dataclass(frozen=True)
class Tile:
    """Shows one video of a clip.

    Attributes:
        name: caption; the same in all clips of a player.
        video: video to play.
        note: note that says what its colours mean.
    """

    name: str
    video: EmbeddedVideo
    note: str = ""


@dataclass(frozen=True)
class PlayerClip:
    """Shows videos that are played together.

    Attributes:
        name: name of the clip.
        tiles: tiles, one or more, in reading order.
        caption: shown with it.

    Raises:
        InputError: no tiles, two of one name, or other lengths or rates than the
            first has.
    """

    name: str
    tiles: Sequence[Tile]
    caption: str = ""

    def __post_init__(self) -> None:
        if not self.tiles:
            raise InputError(f"clip '{self.name}' has no video to show")
        if len({tile.name for tile in self.tiles}) < len(self.tiles):
            names = ", ".join(tile.name for tile in self.tiles)
            raise InputError(f"clip '{self.name}': two videos of one name in {names}")
        timings = {(t.video.num_frames, t.video.fps) for t in self.tiles}
        if len(timings) > 1:
            found = ", ".join(
                f"{tile.name} {tile.video.num_frames} at {tile.video.fps:g}"
                for tile in self.tiles
            )
            raise InputError(
                f"clip '{self.name}': videos that play together must have as many "
                f"frames and as many a second, got {found}"
            )

    @property
    def fps(self) -> float:
        """Returns the frames per second."""
        return self.tiles[0].video.fps

    @property
    def num_frames(self) -> int:
        """Returns the number of frames of each video."""
        return self.tiles[0].video.num_frames


@dataclass(frozen=True)
class Player:
    """Shows clips to choose from, one at a time.

    Attributes:
        title: above it.
        clips: clips, one or more.
        explanation: text that says what there is to see.
    """

    title: str
    clips: Sequence[PlayerClip]
    explanation: str = ""

    @property
    def tile_names(self) -> tuple[str, ...]:
        """Returns the names of all tiles, in the order in which clips bring them."""
        return tuple(dict.fromkeys(t.name for clip in self.clips for t in clip.tiles))


def embed_file(path: str | Path) -> EmbeddedVideo:
    """Reads a video file as it is.

    Raises:
        InputError: no such file, no video, or one that browsers do not play.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"no video file: {path}")
    try:
        reader = imageio_ffmpeg.read_frames(path)
        facts = next(reader)
        reader.close()
        num_frames, _ = imageio_ffmpeg.count_frames_and_secs(path)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{path} is not a video that ffmpeg reads: {error}") from error
    if facts["codec"] != _CODEC:
        raise InputError(
            f"{path}: expected an MP4 file of codec {_CODEC}, which browsers play, got "
            f"{facts['codec']}: write it with visualization.video.write_video"
        )
    return EmbeddedVideo(path.read_bytes(), facts["size"], facts["fps"], num_frames)


def embed_frames(frames: Iterable[np.ndarray], fps: float) -> EmbeddedVideo:
    """Encodes frames.

    Args:
        frames: uint8 [H, W, 3], all of one size.
        fps: frames a second.

    Raises:
        InputError: as `write_video`.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "video.mp4")
        write_video(path, frames, fps)
        return embed_file(path)
