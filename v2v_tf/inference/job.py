"""Shares among applications where they write, what they read, and how they end.

An application checks its `Job` before any work, reads its clips through a
`ClipSelection`, which shows the progress, and writes its folder within `Job.making`,
so that the folder is made whole or not at all.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from absl import logging
from tqdm import tqdm

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input.dataset import count_clips, read_clips
from v2v_tf.errors import InputError
from v2v_tf.storage.folders import making, require_replaceable

# Of clips whose records do not say how fast they were.
FPS = 12.0


@dataclass(frozen=True)
class Destination:
    """Says where an application writes.

    Attributes:
        folder: folder to write; it appears when the result is complete.
        overwrite: whether an earlier result of the same application is replaced.
        fps: frames per second of the written videos, above 0; None for that of each
            clip.
    """

    folder: str | Path
    overwrite: bool = False
    fps: float | None = None

    def rate(self, known: float | None = None) -> float:
        """Returns the frames per second of a video; `known` as of `frame_rate`."""
        return frame_rate(self.fps, known)


@dataclass(frozen=True)
class ClipSelection:
    """Says which clips of prepared records an application reads.

    Attributes:
        data_dir: clip records, as `v2v-tf prepare` writes them.
        split: `train` or `eval`.
        most: read the first so many clips; None for all.
    """

    data_dir: str | Path
    split: str = "train"
    most: int | None = None

    def read(
        self,
        config: Config,
        at_least: int = 1,
        reason: str = "this model needs to generate one: prepare longer sequences",
    ) -> Iterator[Clip]:
        """Opens the records, and iterates over the clips with a progress bar.

        Shorter clips are left out, with one warning.

        Args:
            config: configuration that the clips are read by.
            at_least: frames that a clip must have, 1 or more.
            reason: end of the sentence for the user where no clip has so many.

        Raises:
            InputError: unusable records, or no clip that is long enough; at once.
        """
        clips = read_clips(self.data_dir, config, self.split)
        total = self.count(at_least, reason)
        long_enough = (clip for clip in clips if len(clip) >= at_least)
        return _with_progress(itertools.islice(long_enough, total), total)

    def count(self, at_least: int, reason: str) -> int:
        """Returns how many clips `read` gives, with its warning and its errors."""
        every = count_clips(self.data_dir, self.split)
        usable = count_clips(self.data_dir, self.split, at_least)
        if not usable:
            raise InputError(
                f"{self.data_dir}: no clip of split '{self.split}' has the {at_least} "
                f"frames that {reason}"
            )
        if usable < every:
            logging.warning(
                "%s: %d of %d clips are shorter than %d frames and left out",
                *(self.data_dir, every - usable, every, at_least),
            )
        return usable if self.most is None else min(usable, self.most)


@dataclass(frozen=True)
class Job:
    """Runs an application, from its checks to its folder.

    Attributes:
        what: the result in messages, such as `result of generate`.
        marks: files or folders, relative to the destination, that every earlier result
            holds; nothing else is ever replaced.
        destination: folder of the result, and what may be replaced.
        inputs: files and folders that are read, and must not be replaced.
    """

    what: str
    marks: tuple[str, ...]
    destination: Destination
    inputs: tuple[str | Path, ...] = ()

    @property
    def folder(self) -> Path:
        """Returns the folder that is written, as an absolute path."""
        return Path(self.destination.folder).resolve()

    def check(self) -> None:
        """Raises InputError for a used or impossible folder, or a rate of 0 or less."""
        if not self.destination.rate() > 0:
            raise InputError(f"--fps must be above 0, got {self.destination.fps}")
        require_replaceable(
            self.folder,
            overwrite=self.destination.overwrite,
            is_ours=lambda folder: all((folder / m).exists() for m in self.marks),
            what=self.what,
            option="--output",
            inputs=map(Path, self.inputs),
        )

    @contextlib.contextmanager
    def making(self) -> Iterator[Path]:
        """Lends an empty folder, which becomes the result when the block succeeds."""
        with making(self.folder) as working:
            yield working


def frame_rate(asked: float | None, known: float | None) -> float:
    """Returns the frames per second of a video.

    Args:
        asked: by the user; None for nothing.
        known: frame rate of the clip; None where its records do not say.

    Returns:
        The first of both that is there, else 12.

    Example:
        ```python
        >>> frame_rate(None, 25.0), frame_rate(8.0, 25.0), frame_rate(None, None)
        (25.0, 8.0, 12.0)

        ```
    """
    if asked is not None:
        return asked
    return FPS if known is None else known


def write_json(path: Path, values: Any) -> None:
    """Writes numbers and facts as JSON, one value a line."""
    path.write_text(json.dumps(values, indent=1), encoding="utf-8")


def with_progress(
    items: Iterable[Any], total: int | None, unit: str, begun: int = 0
) -> Iterable[Any]:
    """Iterates over items with a progress bar that says how long it will take.

    Args:
        items: what there is to do.
        total: number of items; None where nobody knows.
        unit: what one item is called, such as `clip`.
        begun: items that an earlier call has done.
    """
    return tqdm(items, total=total, unit=unit, initial=begun, disable=None)


def _with_progress(clips: Iterator[Clip], total: int) -> Iterator[Clip]:
    # The bar begins when the first clip is asked for.
    yield from with_progress(clips, total, "clip")
