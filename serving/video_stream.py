"""Keeps one video in progress: conditions in, requests out, answers in, frames out.

Shared by the client and its async twin, which send the requests. States are passed on
as they came and never read.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf
from tensorflow_serving.apis import predict_pb2

from serving import protocol
from serving.calls import Call
from serving.protocol import Interface, Protos, Target
from v2v_tf.errors import InputError
from v2v_tf.export.wire_states import PREFIX

_FRAME = "fake_frames"


class VideoStream:
    """Turns the conditions of a video into requests, and answers into frames.

    Args:
        target: model to ask.
        interface: inputs that the model's signatures ask for.
        first_frames: uint8 [n - 1, H, W, 3] to begin with; None where the model makes
            them.
        styles: float32 [L, K, F] (classes, variants, features), for a model with
            styles; None for others.

    Raises:
        InputError: first frames or styles are given to a model that takes none, or are
            missing for a model that needs them.
    """

    def __init__(
        self,
        target: Target,
        interface: Interface,
        first_frames: np.ndarray | None = None,
        styles: np.ndarray | None = None,
    ) -> None:
        if (styles is not None) != interface.has_styles:
            raise InputError(
                "this model needs styles: ask sample_styles or styles_from_frames"
                if interface.has_styles
                else "this model has no styles: leave them out"
            )
        given = first_frames is not None
        if given and not interface.takes_frames:
            raise InputError(
                "this model begins with past frames of zeros: leave first_frames out"
            )
        if not given and not interface.begins_alone:
            raise InputError(
                f"this model needs first_frames, uint8 [{interface.history}, H, W, 3]: "
                "give them, or export it with --first-frame-model"
            )
        self._target = target
        self._interface = interface
        self._first_frames = first_frames
        self._styles = styles
        self._window: list[dict[str, np.ndarray]] = []
        self._states: Protos | None = None

    @property
    def states(self) -> Protos:
        """The states that came with the last answer; none before the first."""
        return self._states or {}

    def call(
        self, planes: np.ndarray, instances: np.ndarray | None
    ) -> Call[np.ndarray | None] | None:
        """Takes the next condition.

        Args:
            planes: [H, W, P], of `Interface.plane_dtype`.
            instances: integers [H, W], where the model uses them.

        Returns:
            The call to make before the next condition. It is answered by the frame,
            uint8 [H, W, 3], or by None where it began the video. None where conditions
            before the first generated frame are still missing.

        Raises:
            InputError: a type or shape is wrong, or instances are missing.
        """
        request = self._request(planes, instances)
        return None if request is None else Call("Predict", request, self._read)

    def _request(
        self, planes: np.ndarray, instances: np.ndarray | None
    ) -> predict_pb2.PredictRequest | None:
        self._check(planes, instances)
        inputs = {"conditions": planes[None]}
        if self._interface.uses_instances and instances is not None:
            inputs["instances"] = instances[None]
        if self._states is not None:
            # Flow and mask are left out.
            outputs = (_FRAME, *self._states)
            return protocol.request(
                self._target, "generate_frame", inputs, self._states, outputs
            )
        self._window.append(inputs)
        if len(self._window) < self._interface.history:
            return None
        return self._begin(planes.shape[:2])

    def _read(self, response: predict_pb2.PredictResponse) -> np.ndarray | None:
        """Keeps the states of an answer, and returns its frame."""
        outputs = response.outputs
        self._states = {k: v for k, v in outputs.items() if k.startswith(PREFIX)}
        return tf.make_ndarray(outputs[_FRAME])[0] if _FRAME in outputs else None

    def _begin(self, size: tuple[int, ...]) -> predict_pb2.PredictRequest:
        inputs = {
            name: np.stack([frame[name] for frame in self._window], axis=1)
            for name in self._window[0]
        }
        if self._styles is not None:
            inputs["styles"] = np.asarray(self._styles, np.float32)[None]
        if self._first_frames is None:
            return protocol.request(self._target, "init_states", inputs)
        frames = np.asarray(self._first_frames)
        wanted = (self._interface.history, *size, 3)
        if frames.shape != wanted or frames.dtype != np.uint8:
            raise InputError(
                f"first_frames: expected uint8 {list(wanted)}, got {frames.dtype} "
                f"{list(frames.shape)}"
            )
        inputs["frames"] = frames[None]
        return protocol.request(self._target, "init_states_from_frames", inputs)

    def _check(self, planes: np.ndarray, instances: np.ndarray | None) -> None:
        """Raises InputError for a condition that no server would take."""
        wanted, dtype = self._interface.num_planes, self._interface.plane_dtype
        shape, kind = np.shape(planes), getattr(planes, "dtype", type(planes).__name__)
        if kind != dtype or len(shape) != 3 or shape[-1] != wanted:
            raise InputError(
                f"conditions: expected {dtype} [H, W, {wanted}], got {kind} "
                f"{list(shape)}"
            )
        if not self._interface.uses_instances:
            return
        if instances is None or np.shape(instances) != shape[:2]:
            found = "none" if instances is None else list(np.shape(instances))
            raise InputError(
                f"instances: expected integers {list(shape[:2])} with every condition, "
                f"got {found}"
            )
