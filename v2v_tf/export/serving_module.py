"""A generator as functions of tensors with names, for SavedModels.

Conditions come as uint8 planes and frames go as uint8, in any batch and at any size
that the network can halve. States are the caller's to keep: the module remembers
nothing.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.conditioning import registry
from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.export import wire_checks
from v2v_tf.export.wire_states import ServingStates, StateFormat
from v2v_tf.models.first_frame_network import ImageNetwork
from v2v_tf.models.sequential import (
    States,
    generate_frame,
    merge_time,
    split_time,
)
from v2v_tf.models.sequential_generator import SequentialGenerator
from v2v_tf.synthesis.frames import from_uint8, to_uint8

Tensors = dict[str, tf.Tensor]


class ServingModule(tf.Module):
    """What an exported model computes.

    Args:
        config: the experiment.
        generator: built, of that configuration.
        first_frames: makes the frames before the first generated one; None for a model
            that is given them, or that begins with zeros.
        frame_dtype: of the frames in states, see `StateFormat`.

    Attributes:
        weights: every variable.
        state_format: how states travel.

    Raises:
        InputError: a network for first frames, and a model that begins with zeros.
    """

    def __init__(
        self,
        config: Config,
        generator: SequentialGenerator,
        first_frames: ImageNetwork | None = None,
        frame_dtype: str = "float32",
    ) -> None:
        super().__init__(name="vid2vid")
        networks = [generator, *([] if first_frames is None else [first_frames])]
        # Of a Keras model every layer's own functions would be saved: variables do.
        self.weights = [v for network in networks for v in network.variables]
        self.hidden = _Hidden(config, generator, first_frames)
        conditioning = self.hidden.conditioning
        self.state_format = StateFormat(
            history=config.history,
            num_planes=conditioning.num_planes,
            num_scales=config.generator.num_scales,
            uses_instances=conditioning.uses_instances,
            starts_raw=config.generator.first_frames == "zeros",
            frame_dtype=frame_dtype,
        )

    @property
    def begins_alone(self) -> bool:
        """Whether a video needs no first frames from its caller."""
        return self.state_format.starts_raw or self.hidden.first_frames is not None

    def init_states(self, **inputs: tf.Tensor) -> Tensors:
        """Returns the states of videos that begin by themselves.

        Args:
            **inputs: `conditions` uint8 [B, n - 1, H, W, P] and, where the model uses
                them, `instances` int32 [B, n - 1, H, W], of the frames before the first
                generated one.

        Returns:
            The states, `state_...`.
        """
        planes, instances = self.checked(inputs, axes=2)
        channels = self.encode(planes, instances)
        if self.hidden.first_frames is None:
            sizes = tf.unstack(tf.shape(channels)[:-1])
            start = tf.zeros([*sizes, 3])
        else:
            drawn = self.hidden.first_frames(merge_time(channels))
            start = split_time(drawn, self.state_format.history)
        states = self.states_before(planes, instances, channels, start)
        return self.state_format.pack(states)

    def init_states_from_frames(self, **inputs: tf.Tensor) -> Tensors:
        """Returns the states of videos that begin with given frames.

        Args:
            **inputs: as of `init_states`, and `frames` uint8 [B, n - 1, H, W, 3].
        """
        frames = inputs["frames"]
        planes, instances = self.checked(inputs, axes=2)
        checks = wire_checks.same_sides("frames", frames, "conditions", planes)
        with tf.control_dependencies(checks):
            start = from_uint8(frames)
        channels = self.encode(planes, instances)
        states = self.states_before(planes, instances, channels, start)
        return self.state_format.pack(states)

    def generate_frame(self, **inputs: tf.Tensor) -> Tensors:
        """Generates one frame of each video.

        Args:
            **inputs: `conditions` uint8 [B, H, W, P], `instances` int32 [B, H, W] where
                used, and the states.

        Returns:
            `fake_frames` uint8 [B, H, W, 3]; with flow `mask` float32 [B, H, W, 1] (1 =
            hallucinated) and `flow` float32 [B, H, W, 2] (pixels, backward); and the
            states after the frame.
        """
        planes, instances = self.checked(inputs, axes=1)
        return self._step(self._states(inputs, planes), planes, instances)

    def generate_clip(self, **inputs: tf.Tensor) -> Tensors:
        """Generates N frames of each video, one after the other.

        Args:
            **inputs: `conditions` uint8 [B, N, H, W, P], `instances` int32 [B, N, H, W]
                where used, and the states.

        Returns:
            `fake_frames` uint8 [B, N, H, W, 3], and the states after the last.
        """
        planes, instances = self.checked(inputs, axes=2)
        states = self._states(inputs, planes[:, 0])
        frames, after = self.roll_out(states, planes, instances)
        return {"fake_frames": frames, **after}

    def roll_out(
        self, states: Tensors, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> tuple[tf.Tensor, Tensors]:
        """Returns the frames of all conditions, uint8, and the states after the last.

        Args:
            states: as they travel.
            planes: uint8 [B, N, H, W, P].
            instances: int32 [B, N, H, W], or None.
        """
        total = tf.shape(planes)[1]
        frames = tf.TensorArray(tf.uint8, total, element_shape=[None, None, None, 3])
        shapes = {k: spec.shape for k, spec in self.state_format.specs().items()}

        def body(index, states, frames):
            now = None if instances is None else instances[:, index]
            outputs = self._step(states, planes[:, index], now)
            frames = frames.write(index, outputs["fake_frames"])
            return index + 1, {name: outputs[name] for name in shapes}, frames

        states = {k: tf.ensure_shape(states[k], shape) for k, shape in shapes.items()}
        _, last, frames = tf.while_loop(
            lambda index, *_: index < total,
            body,
            (0, states, frames),
            shape_invariants=(tf.TensorShape([]), shapes, tf.TensorShape(None)),
            parallel_iterations=1,
        )
        return tf.transpose(frames.stack(), [1, 0, 2, 3, 4]), last

    def _step(
        self, states: Tensors, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> Tensors:
        """Generates one frame; every signature calls the same function in its graph."""
        inputs = {"conditions": planes, **states}
        if instances is not None:
            inputs["instances"] = instances
        if self.hidden.step is None:
            specs = {**self.state_format.specs(), **self.condition_specs()}
            traced = tf.function(self._generate, autograph=False)
            with tf.init_scope():
                self.hidden.step = traced.get_concrete_function(**specs)
        return self.hidden.step(**inputs)

    def _generate(self, **inputs: tf.Tensor) -> Tensors:
        states = self.state_format.unpack(inputs)
        planes, instances = inputs["conditions"], inputs.get("instances")
        before = States(self.encode(states.conditions, states.instances), states.frames)
        started = states.started
        output, after = generate_frame(
            self.hidden.generator,
            self.encode(planes, instances),
            before,
            raw_only=False if started is None else tf.logical_not(started),
        )
        window = tf.concat([states.conditions[:, 1:], planes[:, None]], axis=1)
        ids = states.instances
        if ids is not None and instances is not None:
            ids = tf.concat([ids[:, 1:], instances[:, None]], axis=1)
        if started is not None:
            started = tf.ones_like(started)
        tensors = {"fake_frames": to_uint8(output.fake_frames)}
        if output.flow is not None and output.mask is not None:
            tensors |= {"mask": output.mask, "flow": output.flow}
        packed = self.state_format.pack(
            ServingStates(window, ids, after.frames, started)
        )
        specs = self.state_format.specs()
        # Sizes that the network's layers lost.
        for name, tensor in packed.items():
            tensors[name] = tf.ensure_shape(tensor, specs[name].shape)
        return tensors

    def condition_specs(self, *time: int | None) -> dict[str, tf.TensorSpec]:
        """Returns the specs of conditions, and of instances where they are used.

        Args:
            *time: sizes between the batch and the height; None for any.
        """
        lead = [None, *time, None, None]
        shapes = {"conditions": ([*lead, self.state_format.num_planes], tf.uint8)}
        if self.state_format.uses_instances:
            shapes["instances"] = (lead, tf.int32)
        return {k: tf.TensorSpec(*shape, name=k) for k, shape in shapes.items()}

    def states_before(
        self,
        planes: tf.Tensor,
        instances: tf.Tensor | None,
        channels: tf.Tensor,
        start: tf.Tensor,
    ) -> ServingStates:
        """Returns the states before the first generated frame.

        Args:
            planes: uint8 [B, n - 1, H, W, P].
            instances: int32 [B, n - 1, H, W], or None.
            channels: both, encoded.
            start: float32 [B, n - 1, H, W, 3], range [-1, 1].
        """
        frames = self.hidden.generator.init_states(channels, start).frames
        started = None
        if self.state_format.starts_raw:
            started = tf.zeros([tf.shape(planes)[0]], tf.bool)
        return ServingStates(planes, instances, frames, started)

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Encodes planes to channels, as in training."""
        return self.hidden.conditioning.encode(planes, instances)

    def checked(self, inputs: Tensors, axes: int) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Returns `conditions` and `instances` of a request, once they are usable.

        Args:
            inputs: of a signature.
            axes: of `conditions` before the height.
        """
        planes, instances = inputs["conditions"], inputs.get("instances")
        checks = wire_checks.conditions_fit(
            planes, instances, self.hidden.conditioning, self.hidden.multiple, axes
        )
        with tf.control_dependencies(checks):
            ids = None if instances is None else tf.identity(instances)
            return tf.identity(planes), ids

    def _states(self, inputs: Tensors, planes: tf.Tensor) -> Tensors:
        """Returns the states of a request, once they fit its conditions."""
        checks = wire_checks.states_fit(self.state_format.unpack(inputs), planes)
        with tf.control_dependencies(checks):
            names = self.state_format.specs()
            return {name: tf.identity(inputs[name]) for name in names}


class _Hidden:
    """What the module uses and TensorFlow must not track."""

    def __init__(
        self,
        config: Config,
        generator: SequentialGenerator,
        first_frames: ImageNetwork | None,
    ) -> None:
        if config.generator.first_frames == "zeros" and first_frames is not None:
            raise InputError(
                "this model begins with a history of zeros and takes no first frames: "
                "leave the first-frame model out"
            )
        self.config = config
        self.generator = generator
        self.first_frames = first_frames
        self.conditioning = registry.create(config)
        self.multiple = 2**config.halvings
        self.step: Any = None  # A concrete function, once it is traced.
