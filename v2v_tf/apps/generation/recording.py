"""What is written of one video while it is made, and how it is gone on with.

Frames are written as they come. Every so many frames, and where somebody stops, a part
of the video is closed, and what the model keeps is stored beside it: a crash costs what
came after.
"""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Container, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf.apps.generation.facts import FactsFile
from v2v_tf.apps.generation.frames import Progress, VideoFrame
from v2v_tf.metrics.image import psnr, ssim
from v2v_tf.visualization.video import write_png
from v2v_tf.visualization.video_parts import (
    H264,
    LOSSLESS,
    Append,
    Sound,
    VideoFormat,
    join_parts,
    open_part,
)

FRAMES_FILE = "frames.json"
PARTS = ".parts"
_STATE = "state.npz"
_FACTS = "facts.jsonl"
# Ten seconds at 25 frames a second: little to make again, and few parts to join.
FRAMES_OF_A_PART = 250


def has_states(folder: Path) -> bool:
    """Returns whether an interrupted video in a folder can be gone on with."""
    return any(folder.glob(f"*/{PARTS}/{_STATE}"))


@dataclass(frozen=True)
class Forms:
    """What is written of a video.

    Attributes:
        png: every frame as a PNG in `frames/`.
        mp4: `video.mp4`, H.264, as browsers and phones play it.
        lossless: `video.mkv`, FFV1, the very frames.
        part_frames: frames between two stored states.
    """

    png: bool = True
    mp4: bool = True
    lossless: bool = False
    part_frames: int = FRAMES_OF_A_PART

    @property
    def videos(self) -> tuple[VideoFormat, ...]:
        """The formats of video files."""
        asked = ((self.mp4, H264), (self.lossless, LOSSLESS))
        return tuple(form for wanted, form in asked if wanted)


@dataclass
class Recording:
    """The folder of one video.

    Args:
        folder: of the video; it is made, or gone on with.
        fps: frames a second, where frames have no times of their own.
        forms: what is written.
        sound: video whose sound is taken along; None for none.
        keeps_times: whether frames are shown at the times of the source, where it says
            them; else `fps` counts.
        marks: frames of which something is said in `frames.json`, by its word.

    Attributes:
        progress: how far the video is.
    """

    folder: Path
    fps: Fraction
    forms: Forms = field(default_factory=Forms)
    sound: Path | None = None
    keeps_times: bool = True
    marks: Mapping[str, Container[int]] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self._parts = self.folder / PARTS
        # Of the part that is being written.
        self._new: list[dict[str, Any]] = []
        self._begins: list[float] = []
        self._parts.mkdir(parents=True, exist_ok=True)
        (self.folder / "frames").mkdir(exist_ok=True)
        self._facts = FactsFile(self._parts / _FACTS, self._restore())

    def write(self, frames: Iterator[VideoFrame]) -> Generator[VideoFrame, None, None]:
        """Writes frames, and gives each on when it is written.

        Closing the iterator stores how far the video is.

        Args:
            frames: from `generate_frames`, with `progress`; all that are still to come.
        """
        while (first := next(frames, None)) is not None:
            yield from self._write_part(first, frames)
        self._join()

    def _write_part(
        self, first: VideoFrame, frames: Iterator[VideoFrame]
    ) -> Iterator[VideoFrame]:
        """Writes frames up to the end of a part, and stores how far the video is."""
        begin, frame = self._time(first), first
        size = (first.image.shape[0], first.image.shape[1])
        rest = itertools.islice(frames, self.forms.part_frames - 1)
        with self._open(size) as appends:
            for frame in itertools.chain([first], rest):
                self._add(frame, begin, appends)
                try:
                    yield frame
                except GeneratorExit:
                    # Whoever stops here may go on: the part ends with this frame.
                    break
        self._begins.append(begin)
        length = self._facts.add(self._new)
        self._new.clear()
        if self.progress.num_frames == frame.index + 1:
            self._store(length)

    def _add(self, frame: VideoFrame, begin: float, appends: list[Append]) -> None:
        name = frame.name
        if self.forms.png:
            path = self.folder / "frames" / f"{name}.png"
            write_png(path, frame.image, overwrite=True)
        for append in appends:
            append(frame.image, self._time(frame) - begin)
        facts: dict[str, Any] = {"name": name, "origin": frame.origin}
        for mark, frames in self.marks.items():
            if frame.index in frames:
                facts[mark] = True
        if frame.bridged:
            facts["bridged"] = True
        if frame.time is not None:
            facts["time"] = round(frame.time, 6)
        if frame.real is not None and frame.origin == "generated":
            facts["psnr"] = float(psnr(frame.image[None], frame.real[None]))
            facts["ssim"] = float(ssim(frame.image[None], frame.real[None]))
        self._new.append(facts)

    def _time(self, frame: VideoFrame) -> float:
        if frame.time is None or not self.keeps_times:
            return float(frame.index / self.fps)
        return frame.time

    @contextlib.contextmanager
    def _open(self, size: tuple[int, int]) -> Iterator[list[Append]]:
        with contextlib.ExitStack() as stack:
            number = len(self._begins)
            yield [
                stack.enter_context(
                    open_part(self._part(number, form), size, self.fps, form)
                )
                for form in self.forms.videos
            ]

    def _part(self, number: int, form: VideoFormat) -> Path:
        return self._parts / f"{number:05d}{form.suffix}"

    def _store(self, length: int) -> None:
        """Stores what is needed to go on, with facts of so many bytes."""
        progress = self.progress
        assert progress.memory is not None and progress.last is not None
        partial = self._parts / f".{os.getpid()}.npz"
        kept = {f"memory_{name}": array for name, array in progress.memory.items()}
        np.savez(
            partial,
            num_frames=progress.num_frames,
            last=progress.last,
            begins=np.array(self._begins),
            facts=length,
            **kept,
        )
        os.replace(partial, self._parts / _STATE)

    def _restore(self) -> int:
        """Reads how far the video is; returns the bytes of facts that count."""
        path = self._parts / _STATE
        if not path.is_file():
            return 0
        with np.load(path, allow_pickle=False) as stored:
            prefix = "memory_"
            memory = {
                name.removeprefix(prefix): stored[name]
                for name in stored.files
                if name.startswith(prefix)
            }
            self.progress = Progress(int(stored["num_frames"]), memory, stored["last"])
            self._begins = stored["begins"].tolist()
            return int(stored["facts"])

    def _join(self) -> None:
        for form in self.forms.videos:
            parts = [
                (self._part(number, form), begin - self._begins[0])
                for number, begin in enumerate(self._begins)
            ]
            sound = None
            if self.sound is not None:
                sound = Sound(self.sound, self._begins[0])
            join_parts(parts, self.folder / f"video{form.suffix}", sound)
        self._facts.finish(self.folder / FRAMES_FILE, float(self.fps))
        for path in self._parts.iterdir():
            path.unlink()
        self._parts.rmdir()
        if not self.forms.png:
            (self.folder / "frames").rmdir()
