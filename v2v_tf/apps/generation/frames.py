"""The frames of one sequence, generated one after the other: every one of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from v2v_tf.apps.generation.beginning import Beginning, choose_beginning
from v2v_tf.apps.generation.stepper import Memory, Stepper
from v2v_tf.data.input.stream import SourcePicture
from v2v_tf.errors import InputError
from v2v_tf.inference.label_watch import LabelWatch
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.tasks.base import DrawnFrame
from v2v_tf.tasks.files import read_rgb
from v2v_tf.tasks.images import resize_rgb

# given: a real frame of the source; first: of the network for first frames; generated:
# of the video model; held: the frame before, where points show nobody.
Origin = Literal["given", "first", "generated", "held"]


@dataclass(frozen=True)
class VideoFrame:
    """One frame of a video.

    Attributes:
        index: from 0.
        image: uint8 [H, W, 3], RGB.
        name: name of the source's frame; its number where it has none.
        origin: where it comes from.
        bridged: whether its points were drawn between those of other frames.
        time: seconds at which the source shows it; None where it does not say.
        real: uint8 [H, W, 3], the real frame, where the source has it.
    """

    index: int
    image: np.ndarray
    name: str
    origin: Origin
    bridged: bool = False
    time: float | None = None
    real: np.ndarray | None = None


@dataclass
class Progress:
    """How far a video is: enough to go on from there.

    Attributes:
        num_frames: frames that are made.
        memory: what the model keeps; None before it has begun.
        last: uint8 [H, W, 3], the last frame; None before the first.
        beginning: what the video began with; None before that, and where it is gone on
            with.
    """

    num_frames: int = 0
    memory: Memory | None = None
    last: np.ndarray | None = None
    beginning: Beginning | None = None


def generate_frames(
    stepper: Stepper,
    pictures: Iterator[SourcePicture],
    wanted: Beginning | None = None,
    style: StyleChoice | None = None,
    progress: Progress | None = None,
) -> Iterator[VideoFrame]:
    """Generates a frame for each picture of a source, in order.

    With given and generated first frames these are the first of the video. With zeros
    and with a photograph every frame is made: the first condition stands for those
    before it. Where points show nobody, the frame before is held and the model waits.

    Args:
        stepper: the model.
        pictures: all frames of the source, drawn; those before `progress` are skipped.
        wanted: what to begin with; None for the default.
        style: appearance of the video, for a model with styles.
        progress: kept up to date from frame to frame; one that has begun is gone on
            from.

    Yields:
        Every frame.

    Raises:
        InputError: something that the model needs is missing.
    """
    progress = progress or Progress()
    pictures = _watched(pictures, LabelWatch(stepper.config, stepper.training_labels))
    index = progress.num_frames
    for _ in itertools.islice(pictures, index):
        pass
    if progress.memory is None and index:
        raise AssertionError("a video that has begun needs what the model kept")
    if progress.memory is None:
        for frame in _begun(stepper, pictures, wanted, style, progress):
            index = frame.index + 1
            yield frame
    for picture in pictures:
        assert progress.memory is not None
        if picture.drawn is None:
            assert progress.last is not None
            frame = _frame(index, progress.last, picture, "held")
        else:
            image, progress.memory = stepper.step(picture.drawn, progress.memory)
            frame = _frame(index, image, picture, "generated")
        index += 1
        progress.num_frames, progress.last = index, frame.image
        yield frame


def _watched(
    pictures: Iterator[SourcePicture], watch: LabelWatch
) -> Iterator[SourcePicture]:
    """Gives pictures on, and warns of labels that the model does not know."""
    for index, picture in enumerate(pictures):
        if picture.drawn is not None:
            watch.look(picture.drawn.planes, f"frame {picture.name or index}")
        yield picture


def _begun(
    stepper: Stepper,
    pictures: Iterator[SourcePicture],
    wanted: Beginning | None,
    style: StyleChoice | None,
    progress: Progress,
) -> Iterator[VideoFrame]:
    """Begins a video; yields the frames that are known then, if any."""
    window: list[SourcePicture] = []
    for picture in pictures:
        window.append(picture)
        if sum(one.drawn is not None for one in window) == max(stepper.history, 1):
            break
    drawn = [one.drawn for one in window if one.drawn is not None]
    if not drawn:
        raise InputError("nobody was found in any frame of the source")
    real = [one.frame for one in drawn if one.frame is not None]
    has_frames = len(real) == len(drawn) == stepper.history
    beginning = choose_beginning(stepper, has_frames, wanted)
    if beginning.kind in ("given", "generated") and len(drawn) < stepper.history:
        raise InputError(
            f"a video begins with {stepper.history} frames, the source has {len(drawn)}"
        )
    progress.beginning = beginning
    images: list[np.ndarray] = []
    if beginning.kind == "given":
        progress.memory = stepper.begin(drawn, np.stack(real), style)
        images, origin = real, "given"
    elif beginning.kind == "generated":
        images, origin = list(stepper.first_frames(drawn)), "first"
        progress.memory = stepper.begin(drawn, None, style)
    else:
        past = [drawn[0]] * stepper.history
        photograph = None
        if beginning.image is not None:
            photograph = np.stack([_photograph(beginning.image, drawn[0])] * len(past))
        progress.memory = stepper.begin(past, photograph, style)
        origin = "generated"
        for one in drawn:
            image, progress.memory = stepper.step(one, progress.memory)
            images.append(image)
    made = iter(images)
    # Frames before anybody is seen show what comes first.
    last = images[0]
    for index, picture in enumerate(window):
        if picture.drawn is None:
            frame = _frame(index, last, picture, "held")
        else:
            last = next(made)
            frame = _frame(index, last, picture, origin)  # type: ignore[arg-type]
        if index + 1 == len(window):
            progress.num_frames, progress.last = index + 1, last
        yield frame


def _frame(
    index: int, image: np.ndarray, picture: SourcePicture, origin: Origin
) -> VideoFrame:
    real = None if picture.drawn is None else picture.drawn.frame
    name = picture.name or f"{index:05d}"
    return VideoFrame(index, image, name, origin, picture.bridged, picture.time, real)


def _photograph(path: Path, like: DrawnFrame) -> np.ndarray:
    """Reads a photograph at the size of conditions; what is too wide or high is cut."""
    height, width = like.planes.shape[:2]
    image = read_rgb(path)
    scale = max(height / image.shape[0], width / image.shape[1])
    size = (
        max(round(image.shape[0] * scale), height),
        max(round(image.shape[1] * scale), width),
    )
    resized = resize_rgb(image, size)
    top, left = (size[0] - height) // 2, (size[1] - width) // 2
    return np.ascontiguousarray(resized[top : top + height, left : left + width])
