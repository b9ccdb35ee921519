"""Turns what was followed through a shot into the files of its task, frame by frame."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from v2v_tf.apps.annotation.findings import Found
from v2v_tf.apps.annotation.smoothing import Smoothing
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.storage.maps import map_bytes
from v2v_tf.tasks.found_pictures import FrameAndPicture, PictureFormat
from v2v_tf.tasks.points import PointFormat
from v2v_tf.tasks.points_over_time import is_detected


@dataclass(frozen=True)
class FrameConditions:
    """Holds what is written of one frame besides its picture.

    Attributes:
        image: the frame, uint8 [H, W, 3], RGB.
        files: contents of each file, by folder (without the phase) and ending.
        drawn: what is shown of them, uint8 [H, W, 3], RGB; black where nothing is.
        over: the frame with it.
    """

    image: np.ndarray
    files: dict[tuple[str, str], bytes]
    drawn: np.ndarray
    over: np.ndarray


class Points:
    """Writes points, as a `PointFormat` says.

    Frames without any are bridged or cut where they are read, see `data.max_gap`.

    Args:
        form: the points of the task.
        config: configuration with this task.
        smoothing: over time; None for the usual one.
    """

    gaps_are_bridged = True

    def __init__(
        self, form: PointFormat, config: Config, smoothing: Smoothing | None
    ) -> None:
        self.smoothing = smoothing or Smoothing()
        self._form = form
        self._config = config

    def seen(self, people: Sequence[Found | None]) -> np.ndarray:
        """Returns which frames show anything of a person, bool [T]."""
        return np.array(
            [one is not None and is_detected(one.value).any() for one in people], bool
        )

    def of_shot(
        self,
        people: Sequence[Found | None],
        images: Iterable[np.ndarray],
        fps: float,
    ) -> Iterator[FrameConditions]:
        """Yields what is written of each frame of a shot.

        Args:
            people: who was followed, in each frame; one of them is somebody.
            images: the frames, in order.
            fps: frames per second.
        """
        somebody = next(one for one in people if one is not None)
        nobody = np.full_like(somebody.value, np.nan)
        points = np.stack([nobody if one is None else one.value for one in people])
        smoothed = self.smoothing.of_points(points.astype(np.float64), fps)
        for image, here in zip(images, smoothed, strict=True):
            text, drawn = self._form.nobody, np.zeros_like(image)
            if is_detected(here).any():
                text = self._form.write(here, self._config)
                drawn = self._form.draw(here, (image.shape[0], image.shape[1]))
            key = (self._form.folder, self._form.suffix)
            over = _over(image, drawn, 1.0)
            yield FrameConditions(image, {key: text.encode()}, drawn, over)


class Pictures:
    """Writes pictures, as a `PictureFormat` says; frames without one get zeros.

    Args:
        form: the pictures of the task.
        smoothing: over time; None for what the task says.

    Raises:
        InputError: pictures that have no median, or a filter of points.
    """

    gaps_are_bridged = False

    def __init__(self, form: PictureFormat, smoothing: Smoothing | None) -> None:
        self.smoothing = smoothing or Smoothing("median", form.smoothing)
        self._window = self.smoothing.window
        if self.smoothing.kind != "median":
            raise InputError(
                f"--smooth {self.smoothing} is for points: give an odd number of "
                f"frames for the pictures of train_{form.folder}, or leave it out"
            )
        if self._window > 1 and not form.can_smooth:
            raise InputError(
                f"--smooth {self.smoothing}: the pictures of train_{form.folder} have "
                "no median over time: leave it out"
            )
        self._form = form

    def seen(self, people: Sequence[Found | None]) -> np.ndarray:
        """Returns which frames show anything, bool [T]."""
        return np.array([one is not None for one in people], bool)

    def of_shot(
        self,
        people: Sequence[Found | None],
        images: Iterable[np.ndarray],
        fps: float,
    ) -> Iterator[FrameConditions]:
        """Yields what is written of each frame of a shot; see `Points.of_shot`."""
        del fps
        kept: collections.deque[np.ndarray] = collections.deque()
        pictures = self._smoothed(people, images)

        def remembered() -> Iterator[FrameAndPicture]:
            for image, picture in pictures:
                kept.append(image)
                yield image, picture

        for files in self._form.files_of_shot(remembered()):
            stored = {(name, ".png"): map_bytes(one) for name, one in files.items()}
            drawn = self._form.paint(files[self._form.folder])
            image = kept.popleft()
            yield FrameConditions(image, stored, drawn, _over(image, drawn, 0.6))

    def _smoothed(
        self, people: Sequence[Found | None], images: Iterable[np.ndarray]
    ) -> Iterator[FrameAndPicture]:
        """Yields frames and medians; a few pictures are in memory at a time.

        The window shrinks on both sides alike near the ends, as that of points does,
        and near frames without a picture: they count in no median and stay empty.
        """
        around: dict[int, np.ndarray] = {}
        for time, image in enumerate(images):
            reach = self._reach(people, time)
            for index in range(time - reach, time + reach + 1):
                if index not in around:
                    around[index] = self._picture(people[index], image.shape[:2])
            stacked = [around[i] for i in range(time - reach, time + reach + 1)]
            for index in [i for i in around if i < time - self._window // 2 + 1]:
                del around[index]
            yield image, np.median(stacked, axis=0).astype(self._form.dtype)

    def _reach(self, people: Sequence[Found | None], time: int) -> int:
        """Returns how many frames on either side are in the median at a time."""
        if people[time] is None:
            return 0
        most = min(self._window // 2, time, len(people) - 1 - time)
        for reach in range(1, most + 1):
            if people[time - reach] is None or people[time + reach] is None:
                return reach - 1
        return most

    def _picture(self, one: Found | None, size: tuple[int, ...]) -> np.ndarray:
        if one is None:
            return np.zeros(size, self._form.dtype)
        return one.value.astype(self._form.dtype)


def _over(image: np.ndarray, drawn: np.ndarray, opacity: float) -> np.ndarray:
    """Returns a frame with what was drawn of it on top, where it is bright.

    Args:
        image: uint8 [H, W, 3].
        drawn: uint8 [H, W, 3].
        opacity: of white, 0 .. 1.
    """
    share = opacity * drawn.max(axis=-1, keepdims=True) / 255.0
    return np.rint((1 - share) * image + share * drawn).astype(np.uint8)
