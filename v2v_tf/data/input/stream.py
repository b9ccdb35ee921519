"""Draws frames of a source one by one, as training reads them, for streaming.

`prepare` writes what `Conditioning.draw` draws, and `input.py` scales and crops it in
evaluation; here the same two steps follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.data.input import augmentation
from v2v_tf.data.input.augmentation import ClipTransform
from v2v_tf.data.records.folder import plan_clips
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.finding import list_sequences
from v2v_tf.errors import InputError
from v2v_tf.tasks import registry
from v2v_tf.tasks.base import DrawnFrame


@dataclass(frozen=True)
class SequenceChoice:
    """Names one sequence of a source.

    Attributes:
        path: the source, as `v2v-tf prepare` takes it.
        name: name of the sequence; None where the source holds only one.
    """

    path: str | Path
    name: str | None = None

    def find(self, config: Config) -> Sequence:
        """Returns the sequence; arguments and errors as of `find_sequence`."""
        return find_sequence(self.path, config, self.name)


def find_sequence(path: str | Path, config: Config, name: str | None) -> Sequence:
    """Returns the sequence of a source that is called so, or its only one.

    Raises:
        InputError: none, several, or the one asked for cannot be used.
    """
    found = list(list_sequences(path, config))
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
        raise InputError(f"{path} holds several sequences, name one of them: {names}")
    raise InputError(f"{path} holds no sequence '{name}': there are {names or 'none'}")


def draw_frames(sequence: Sequence, config: Config) -> Iterator[DrawnFrame]:
    """Draws the frames of a sequence at the size that networks read.

    Args:
        sequence: sequence of a source.
        config: the experiment.

    Yields:
        Planes, frame and instances, [h, w, ...].

    Raises:
        InputError: a frame cannot be read or drawn; it names the file.
    """
    conditioning = registry.create(config)
    geometry = None
    with sequence.open() as reader:
        for index in range(sequence.count_frames()):
            source = reader.read(index)
            try:
                if geometry is None:
                    geometry = conditioning.plan(source.raw)
                    transform = _transform(geometry.size, config)
                drawn = conditioning.draw(source.raw, geometry)
            except InputError as error:
                raise InputError(f"{source.path}: {error}") from error
            yield _fitted(drawn, transform, conditioning.resizing())


def stack_frames(drawn: Iterable[DrawnFrame], clip_id: str = "") -> Clip:
    """Returns drawn frames as a clip.

    Args:
        drawn: T frames of one sequence, one or more.
        clip_id: name of the clip.

    Returns:
        A clip with conditions and, where the source has them, frames and instances;
        without flow.

    Raises:
        InputError: there are no frames.
    """
    frames = list(drawn)
    if not frames:
        raise InputError("a clip needs one drawn frame or more, got none")
    arrays = {
        "conditions": [one.planes for one in frames],
        "instances": [one.instances for one in frames if one.instances is not None],
        "frames": [one.frame for one in frames if one.frame is not None],
    }
    stacked = {name: np.stack(values) for name, values in arrays.items() if values}
    return Clip(clip_id=clip_id, **stacked)


def _transform(size: tuple[int, int], config: Config) -> ClipTransform | None:
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
