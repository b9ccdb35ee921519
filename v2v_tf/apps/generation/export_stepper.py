"""Exported models, one frame at a time, by their own signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from v2v_tf.export.exported_model import ExportedModel
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.style_choice import StyleChoice, draw_image
from v2v_tf.inference.style_mixture import UNSEEN_SEED
from v2v_tf.tasks.base import DrawnFrame


class ExportStepper(LoadedModel):
    """Steps an exported model by its own signatures."""

    def __init__(self, model: ExportedModel) -> None:
        self.config = model.config
        self.history = model.config.history
        self.begins_with_zeros = not self.config.generator.takes_frames
        self.may_begin_with_zeros = self.config.generator.begins_alone
        self.makes_first_frames = model.begins_alone and not self.may_begin_with_zeros
        self.trained_sizes = model.trained_sizes
        self.training_labels = model.training_labels
        self._model = model

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class: those that the states of its own beginning hold."""
        # Any styles will do: the network for first frames reads none.
        styles = self._model.drawn_styles(seed=0) if self._model.has_styles else None
        states = self._model.begin_alone(_clip(past), styles)
        return self._model.past_frames(states)

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class."""
        clip, styles = _clip(past), self._chosen(style)
        shown = shown_frames(past, frames)
        if styles is None and self._model.has_styles and shown is not None:
            styles = self._model.shown_styles({**clip, "frames": shown})
        if styles is None and self._model.has_styles:
            styles = self._model.drawn_styles(UNSEEN_SEED)
        if frames is None:
            states = self._model.begin_alone(clip, styles)
        else:
            states = self._model.begin({**clip, "frames": frames}, styles)
        return {name: tensor.numpy() for name, tensor in states.items()}

    def rollout(self, clip: Clip, style: StyleChoice | None = None) -> Synthesized:
        """See base class."""
        clip.part(self.history)
        arrays = clip.arrays()
        if not self._model.begins_alone:
            clip.require("frames")
        if clip.instances is not None:
            arrays = {**arrays, "instances": clip.instances.astype(np.int32)}
        styles = self._chosen(style)
        if styles is None and self._model.has_styles and clip.frames is None:
            styles = self._model.drawn_styles(UNSEEN_SEED)
        return self._model.rollout(arrays, styles)

    def _chosen(self, style: StyleChoice | None) -> tf.Tensor | None:
        """Returns the styles of a choice; None for those that first frames show."""
        if style is None:
            return None
        if not self._model.has_styles:
            raise InputError("this model has no styles: leave --style out")
        if style.kind == "own":
            return None
        if style.image is not None:
            shown = draw_image(style.image, self.config, style.label_map)
            assert shown.frame is not None
            return self._model.shown_styles(
                {**_clip([shown]), "frames": shown.frame[None]}
            )
        component = style.index if style.kind == "index" else -1
        return self._model.drawn_styles(style.seed, component)

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        states = {name: tf.constant(array) for name, array in memory.items()}
        outputs, after = self._model.step(_clip([drawn]), 0, states)
        kept = {name: tensor.numpy() for name, tensor in after.items()}
        return outputs["fake_frames"].numpy()[0], kept


def _clip(frames: Sequence[DrawnFrame]) -> Mapping[str, Any]:
    clip: dict[str, Any] = {"conditions": np.stack([one.planes for one in frames])}
    ids = stacked_instances(frames)
    return clip if ids is None else {**clip, "instances": ids.astype(np.int32)}
