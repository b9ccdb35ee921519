"""A model that a server serves, one frame at a time: as `generate` steps one here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from serving.client import Vid2VidClient
from serving.video_stream import VideoStream
from v2v_tf.apps.generation.stepper import (
    Memory,
    Stepper,
    shown_frames,
    stacked_instances,
)
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.export.wire_states import finest_frames, past_frames
from v2v_tf.inference.style_choice import StyleChoice, draw_image
from v2v_tf.tasks.base import DrawnFrame


class ServedStepper(Stepper):
    """Makes the frames of one video after the other by asking a server.

    States stay in the stream to the server, so the memory of a step is empty, and one
    video at a time is made.

    Args:
        client: connected to the server.
        config: configuration that the model was trained with.
    """

    def __init__(self, client: Vid2VidClient, config: Config) -> None:
        self.config = config
        self._client = client
        self._interface = client.interface()
        self.history = self._interface.history
        self.begins_with_zeros = not self._interface.takes_frames
        self.may_begin_with_zeros = config.generator.begins_alone
        self.makes_first_frames = (
            self._interface.begins_alone and not self.may_begin_with_zeros
        )
        self._video: VideoStream | None = None

    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """See base class: those that the states of its own beginning hold."""
        styles = None
        if self._interface.has_styles:
            # Any will do: the network for first frames reads none.
            styles = self._client.sample_styles()
        states = self._start(past, None, styles).states
        stored = states[finest_frames(self.config.generator.num_scales)]
        frames = tf.constant(tf.make_ndarray(stored))
        return past_frames(frames, self.config.history)[0]

    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """See base class; of a model without styles, `style` is not used."""
        styles = None
        if self._interface.has_styles:
            chosen = style or StyleChoice("sample")
            styles = self._styles(chosen, past, shown_frames(past, frames))
        self._video = self._start(past, frames, styles)
        return {}

    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """See base class."""
        assert self._video is not None
        call = self._video.call(drawn.planes, drawn.instances)
        assert call is not None
        frame = self._client.send(call)
        assert frame is not None
        return frame, memory

    def _start(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        styles: np.ndarray | None,
    ) -> VideoStream:
        video = self._client.open(frames, styles)
        for one in past:
            call = video.call(one.planes, one.instances)
            if call is not None:
                self._client.send(call)
        return video

    def _styles(
        self,
        choice: StyleChoice,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
    ) -> np.ndarray:
        if choice.kind in ("sample", "index"):
            component = choice.index if choice.kind == "index" else -1
            return self._client.sample_styles(choice.seed, component)
        shown: Sequence[DrawnFrame] = past
        if choice.image is not None:
            image = draw_image(choice.image, self.config, choice.label_map)
            assert image.frame is not None
            shown, frames = [image], image.frame[None]
        if frames is None:
            raise InputError("the source has no frames: use --style sample or index:N")
        planes = np.stack([one.planes for one in shown])
        uses = self._interface.uses_instances
        instances = stacked_instances(shown) if uses else None
        return self._client.styles_from_frames(planes, frames, instances)
