"""Frames of a source drawn one by one, as training sees them: for generation.

`prepare` writes what `Conditioning.draw` draws, and `data/input` scales and crops it in
evaluation; here the same two steps follow each other.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input import augmentation
from v2v_tf.data.input.augmentation import ClipTransform
from v2v_tf.data.records.folder import check_network_size, plan_clips
from v2v_tf.data.sources.base import (
    BadClip,
    EndOfSequenceError,
    Sequence,
    SequenceReader,
    SourceFrame,
)
from v2v_tf.data.sources.bridging import bridged
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry
from v2v_tf.tasks.points import PointFormat, Size, common_size

_EVER = 1 << 40


@dataclass(frozen=True)
class SequenceChoice:
    """Names one sequence of a source.

    Attributes:
        path: the source, as `v2v-tf prepare` takes it.
        name: name of the sequence; None where the source holds only one.
        label_map: table of its label ids or colours, as `--label-map` takes it; None
            for that of the configuration.
    """

    path: str | Path
    name: str | None = None
    label_map: str | None = None

    def find(self, config: Config, option: str = "--sequence") -> Sequence:
        """Returns the sequence; arguments and errors as of `find_sequence`."""
        if self.label_map is not None:
            task = registry.task_of(config)
            config = task.with_label_map(config, self.label_map)
        return find_sequence(self.path, config, self.name, option=option)


@dataclass(frozen=True)
class Sizes:
    """Sizes of a source, where they are not its own.

    Attributes:
        drawn: (height, width) at which networks read it; None for that of the rules
            of `data.resize`.
        source: (height, width) of the pictures that points refer to, where there are no
            frames; None for the smallest common size that holds all points.
    """

    drawn: Size | None = None
    source: Size | None = None


@dataclass(frozen=True)
class SourcePicture:
    """One frame of a source, drawn.

    Attributes:
        drawn: as networks read it; None where points show nobody.
        name: of the frame, as its files are called; empty without one.
        time: seconds at which a video shows it; None elsewhere.
        bridged: whether its points were drawn between those of other frames.
        source_size: (height, width) of the source.
        is_guessed: whether that size is a guess, from points without pictures.
        stretch: how much wider things are drawn than the source shows them; 1 where
            their shape is kept.
    """

    drawn: DrawnFrame | None
    name: str
    time: float | None
    bridged: bool
    source_size: Size
    is_guessed: bool = False
    stretch: float = 1.0


def find_sequence(
    path: str | Path,
    config: Config,
    name: str | None,
    need_frames: bool = False,
    option: str = "--sequence",
) -> Sequence:
    """Returns the sequence of a source that is called so, or its only one.

    Args:
        path: of the source.
        config: the experiment.
        name: of the sequence; None for the only one.
        need_frames: see `list_sequences`.
        option: command-line option that names the sequence, for messages.

    Raises:
        InputError: none, several, or the one asked for cannot be used.
    """
    found = list(list_sequences(path, config, need_frames))
    usable = {s.name: s for s in found if isinstance(s, Sequence)}
    bad = [s for s in found if isinstance(s, BadClip)]
    if name is None and len(usable) == 1:
        return next(iter(usable.values()))
    if name in usable:
        return usable[name]
    for one in bad:
        if name in (None, one.clip):
            raise InputError(f"{one.path}: {one.reason}")
    names = ", ".join(sorted(usable))
    if name is None:
        raise InputError(
            f"{path} holds several sequences: name one of them by {option}: {names}"
        )
    raise InputError(f"{path} holds no sequence '{name}': there are {names or 'none'}")


def draw_frames(sequence: Sequence, config: Config) -> Iterator[DrawnFrame]:
    """Draws the frames of a sequence at the size that networks read.

    Args:
        sequence: sequence of a source.
        config: the experiment.

    Yields:
        Planes, frame and instances, [h, w, ...].

    Raises:
        InputError: a frame cannot be read or drawn, or shows nobody; it names the file.
    """
    for index, picture in enumerate(draw_pictures(sequence, config)):
        if picture.drawn is None:
            raise InputError(
                f"{sequence.path}: nobody was found in frame {picture.name or index}: "
                "leave it out, or bridge short gaps with data.max_gap"
            )
        yield picture.drawn


def draw_pictures(
    sequence: Sequence, config: Config, sizes: Sizes | None = None
) -> Iterator[SourcePicture]:
    """Draws the frames of a sequence, also those that show nobody.

    Args:
        sequence: of a source, with or without real frames.
        config: the experiment.
        sizes: other sizes than those that follow from the source; None for none.

    Yields:
        Every frame, in order.

    Raises:
        InputError: a frame cannot be read or drawn; it names the file.
    """
    sizes = sizes or Sizes()
    conditioning = registry.create(config)
    form = registry.points_read(config)
    geometry: Geometry | None = None
    transform: ClipTransform | None = None
    with sequence.open() as opened:
        canvas = sizes.source
        is_guessed = False
        for source in bridged(opened, _EVER, config).frames():
            if form is not None and source.raw.get(form.field) is None:
                yield _picture(source, None, geometry)
                continue
            if form is not None and canvas is None and source.raw.size is None:
                canvas = _canvas(opened, form, config)
                is_guessed = canvas is not None
            if canvas is not None and source.raw.image is None:
                source = dataclasses.replace(source, raw=source.raw.with_size(canvas))
            try:
                if geometry is None:
                    geometry, transform = _plan(source, conditioning, config, sizes)
                drawn = conditioning.draw(source.raw, geometry)
            except InputError as error:
                raise source.named(error) from error
            drawn = _fitted(drawn, transform, conditioning.resizing())
            picture = _picture(source, drawn, geometry)
            yield dataclasses.replace(picture, is_guessed=is_guessed)


def stack_frames(drawn: Iterable[DrawnFrame], clip_id: str = "") -> Clip:
    """Returns drawn frames as a clip.

    Args:
        drawn: T frames of one sequence, one or more.
        clip_id: name of the clip.

    Returns:
        A clip with conditions and, where the source has them, instances and frames;
        of these those before the first that is missing. Without flow.

    Raises:
        InputError: there are no frames.
    """
    frames = list(drawn)
    if not frames:
        raise InputError("a clip needs one drawn frame or more, got none")
    known: list[np.ndarray] = []
    for one in frames:
        # What comes after a missing frame would stand for another's condition.
        if one.frame is None:
            break
        known.append(one.frame)
    arrays = {
        "conditions": [one.planes for one in frames],
        "instances": [one.instances for one in frames if one.instances is not None],
        "frames": known,
    }
    stacked = {name: np.stack(values) for name, values in arrays.items() if values}
    return Clip(clip_id=clip_id, **stacked)


def _picture(
    source: SourceFrame, drawn: DrawnFrame | None, geometry: Geometry | None
) -> SourcePicture:
    place = (drawn, source.name, source.time, source.bridged)
    if geometry is None:
        return SourcePicture(*place, (0, 0))
    return SourcePicture(*place, geometry.source_size, stretch=geometry.stretch)


def _canvas(reader: SequenceReader, form: PointFormat, config: Config) -> Size | None:
    """Returns a size that all points of a sequence lie in.

    None where other files of the task say how large its pictures are.
    """
    others = {kind.field for kind in registry.task_of(config).files(config)}
    if others - {"image", form.field}:
        return None
    extremes: list[np.ndarray] = []
    for index in itertools.count():
        try:
            value = reader.value(index, form.field)
        except EndOfSequenceError:
            break
        if value is not None:
            points = form.points_of([value], (_EVER, _EVER), config)
            if np.isfinite(points).any():
                extremes.append(np.nanmax(points[0, :, :2], axis=0))
    return common_size(np.stack(extremes)) if extremes else None


def _plan(
    source: SourceFrame, conditioning: Conditioning, config: Config, sizes: Sizes
) -> tuple[Geometry, ClipTransform | None]:
    """Returns the geometry of a sequence, and what evaluation does after it."""
    geometry = conditioning.plan(source.raw)
    if sizes.drawn is None:
        return geometry, _transform(geometry.size, config)
    check_network_size(sizes.drawn, config)
    return dataclasses.replace(geometry, size=sizes.drawn), None


def _transform(size: Size, config: Config) -> ClipTransform | None:
    """Returns what evaluation does to records of a size; None for nothing."""
    plan = plan_clips([size], config, training=False)
    if plan.size == size and not plan.scales:
        return None
    seed = tf.zeros([2], tf.int32)
    return augmentation.draw_transform(plan, tf.constant(size), seed)


def _fitted(
    drawn: DrawnFrame, transform: ClipTransform | None, resizing: tuple[str, ...]
) -> DrawnFrame:
    if transform is None:
        return drawn
    frame, instances = drawn.frame, drawn.instances
    if frame is not None:
        frame = transform.frames(frame[None])[0].numpy()
    if instances is not None:
        ids = tf.constant(instances.astype("int32"))[None, ..., None]
        instances = transform.ids(ids)[0, ..., 0].numpy()
    planes = transform.conditions(drawn.planes[None], resizing)
    return DrawnFrame(frame, planes[0].numpy(), instances)
