"""The clips that the packs are trained and measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from v2v_tf.data.sources.video import VideoSequence
from v2v_tf.errors import InputError
from v2v_tf.toy_street.writer import write_clips
from v2v_tf.visualization.video import write_png

_HELD_OUT = (12, 30, 21)  # clips, frames, seed: of the numbers in model cards
_TRAIN = (24, 0)  # frames, seed


@dataclass(frozen=True)
class Streets:
    """Clips of the toy street.

    Attributes:
        width: pixels of the frames, twice as wide as high.
        clips: number of clips that are drawn to train on, of 24 frames.
        licence: what they are, and under which licence.
    """

    width: int
    clips: int
    licence: str = "the toy street of v2v_tf (`v2v-tf toy-street`), Apache-2.0."

    def write(self, folder: Path, held_out: bool, video: Path | None) -> None:
        """Writes the clips to train on, or those that are held out."""
        del video
        count, frames, seed = _HELD_OUT if held_out else (self.clips, *_TRAIN)
        size = (self.width // 2, self.width)
        write_clips(folder, num_clips=count, num_frames=frames, size=size, seed=seed)


@dataclass(frozen=True)
class Video:
    """The frames of one video: some in its middle are held out.

    Attributes:
        num_frames: number of frames that it has.
        held_out: the first one that is held out, and the first after them.
        licence: what it is, whose, and under which licence.
        where: how to get it.
    """

    num_frames: int
    held_out: tuple[int, int]
    licence: str
    where: str

    def write(self, folder: Path, held_out: bool, video: Path | None) -> None:
        """Writes the frames to train on, or those that are held out.

        Raises:
            InputError: no video was named.
        """
        if video is None:
            raise InputError(f"name the video by --video: {self.where}")
        start, stop = self.held_out
        parts = {"before": range(start), "after": range(stop, self.num_frames)}
        if held_out:
            parts = {"between": range(start, stop)}
        with VideoSequence(video.stem, str(video)).open() as reader:
            for part, frames in parts.items():
                images = folder / "train_img" / f"{video.stem}_{part}"
                for index in frames:
                    image = reader.read(index).raw.image
                    write_png(images / f"{index:06d}.png", image)
