"""Models of runs, one frame at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from v2v_tf.apps.generation.stepper import (
    LoadedModel,
    Memory,
    shown_frames,
    stacked_instances,
)
from v2v_tf.data.clips import Clip
from v2v_tf.errors import InputError
from v2v_tf.inference.frame_by_frame import FrameByFrame
from v2v_tf.inference.frames import Synthesized, to_uint8
from v2v_tf.inference.loading import AnySynthesizer
from v2v_tf.inference.rollout import stack_synthesized
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.models.vid2vid.states import States
from v2v_tf.tasks.base import DrawnFrame


class RunStepper(LoadedModel):
    """Steps a video model of a run.

    Args:
        folder: the run, which holds mixtures of styles.
        synthesizer: its model, a `Synthesizer` or what works as one.
        first: makes first frames; None where the run has none.
    """

    def __init__(
        self, folder: Path, synthesizer: Any, first: FrameByFrame | None
    ) -> None:
        self.config = synthesizer.config
        self.history = synthesizer.history
        self.begins_with_zeros = not self.config.generator.takes_frames
        self.may_begin_with_zeros = self.config.generator.begins_alone
        self.makes_first_frames = first is not None
        self._folder = folder
        self._synthesizer = synthesizer
        self._first = first

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class."""
        assert self._first is not None
        return np.stack([_draw(self._first, one) for one in past])

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class."""
        planes = np.stack([one.planes for one in past])
        ids = stacked_instances(past)
        styles = self._styles(planes, ids, shown_frames(past, frames), style)
        states = self._synthesizer.init_states(planes, ids, frames, styles)
        starts_raw = frames is None and self.may_begin_with_zeros
        return _stored(states, starts_raw)

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        states, raw_only = _restored(memory)
        output, states = self._synthesizer.step(
            drawn.planes, drawn.instances, states, raw_only
        )
        return output.fake_frames, _stored(states, starts_raw=False)

    def rollout(self, clip: Clip, style: StyleChoice | None = None) -> Synthesized:
        """See base class."""
        model = self._synthesizer
        past, rest = clip.part(self.history)
        frames = None if self.begins_with_zeros else past.frames
        styles = self._styles(past.conditions, past.instances, past.frames, style)
        start = model.init_states(past.conditions, past.instances, frames, styles)
        made = model.stream(rest.conditions, rest.instances, start)
        return stack_synthesized(made)

    def _styles(
        self,
        planes: np.ndarray,
        ids: np.ndarray | None,
        frames: np.ndarray | None,
        style: StyleChoice | None,
    ) -> np.ndarray | None:
        painter = self._synthesizer.painter
        if painter is None:
            if style is not None:
                raise InputError(
                    f"{self._folder} is the run of a model without styles: leave "
                    "--style out"
                )
            return None
        table = None
        if style is not None:
            table = style.table(self._folder, self.config, painter)
        if table is None and frames is not None:
            return painter.table_of(planes, ids, frames)
        return painter.unseen if table is None else table


class ImageStepper(LoadedModel):
    """Steps an image generator, which makes each frame from its condition alone."""

    history = 0
    begins_with_zeros = False
    may_begin_with_zeros = False
    makes_first_frames = False

    def __init__(self, frame_by_frame: FrameByFrame) -> None:
        self.config = frame_by_frame.config
        self._frame_by_frame = frame_by_frame

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class; none are needed."""
        raise AssertionError

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class: nothing is kept."""
        if style is not None:
            raise InputError("image generators have no styles: leave --style out")
        return {}

    def rollout(self, clip: Clip, style: StyleChoice | None = None) -> Synthesized:
        """See base class."""
        self.begin([], None, style)
        return self._frame_by_frame.rollout(clip)

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        return _draw(self._frame_by_frame, drawn), memory


class WholeClips(LoadedModel):
    """Stands for a model that makes whole clips alone.

    Args:
        folder: its run.
        synthesizer: its model, which has `rollout`.
    """

    begins_with_zeros = False
    may_begin_with_zeros = False
    makes_first_frames = False

    def __init__(self, folder: Path, synthesizer: AnySynthesizer) -> None:
        self.config = synthesizer.config
        self.history = synthesizer.history
        self._folder = folder
        self._synthesizer = synthesizer

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class."""
        raise whole_clips_alone(self._folder, self.config.model)

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class."""
        raise whole_clips_alone(self._folder, self.config.model)

    def rollout(self, clip: Clip, style: StyleChoice | None = None) -> Synthesized:
        """See base class."""
        if style is not None:
            raise InputError(f"{self._folder}: no styles here: leave --style out")
        return self._synthesizer.rollout(clip)

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        raise whole_clips_alone(self._folder, self.config.model)


def whole_clips_alone(folder: Path, family: str) -> InputError:
    """Returns the error for a model that cannot be stepped."""
    return InputError(
        f"{folder}: models of family {family} make whole clips alone: use --data with "
        "prepared records"
    )


def _draw(model: FrameByFrame, drawn: DrawnFrame) -> np.ndarray:
    ids = None if drawn.instances is None else drawn.instances[None]
    (frame,) = model.frames(drawn.planes[None], ids)
    return to_uint8(frame).numpy()


def _stored(states: States, starts_raw: bool) -> Memory:
    """Returns states as arrays by name."""
    memory: Memory = {"conditions": states.conditions.numpy()}
    memory |= {f"frames_{i}": x.numpy() for i, x in enumerate(states.frames)}
    memory |= {f"styles_{i}": x.numpy() for i, x in enumerate(states.styles)}
    return {**memory, "starts_raw": np.array(starts_raw)}


def _restored(memory: Memory) -> tuple[States, bool]:
    def group(prefix: str) -> tuple[tf.Tensor, ...]:
        found = sum(name.startswith(prefix) for name in memory)
        return tuple(tf.constant(memory[f"{prefix}{i}"]) for i in range(found))

    states = States(
        tf.constant(memory["conditions"]), group("frames_"), group("styles_")
    )
    return states, bool(memory["starts_raw"])
