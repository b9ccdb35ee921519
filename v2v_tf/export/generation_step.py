"""Runs one step of a served model: states and a condition in, a frame and states out.

Every signature calls the same traced function, so that frames cannot depend on the
signature that made them.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.export.wire_states import ServingStates, StateFormat
from v2v_tf.inference.frames import to_uint8
from v2v_tf.models.common.condition_reader import ConditionReader
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.states import States, generate_frame

Tensors = dict[str, tf.Tensor]


class GenerationStep:
    """Generates one frame of each video.

    Not a `tf.Module`: it would save the functions of every layer of the generator.

    Args:
        config: configuration of the experiment.
        generator: built generator of that configuration.
        frame_dtype: type of the past frames in states, see `StateFormat`.

    Attributes:
        reader: reads planes for the generator.
        conditioning: of the task.
        state_format: names, shapes and types of states.
    """

    def __init__(
        self, config: Config, generator: SequentialGenerator, frame_dtype: str
    ) -> None:
        self.reader = ConditionReader.of(config)
        self.conditioning = self.reader.conditioning
        self.state_format = StateFormat(
            history=config.history,
            num_planes=self.conditioning.num_planes,
            plane_dtype=tf.as_dtype(self.conditioning.plane_dtype),
            num_scales=config.generator.num_scales,
            uses_instances=self.conditioning.uses_instances,
            starts_raw=config.generator.begins_alone,
            frame_dtype=frame_dtype,
            style_shape=self.reader.table_shape,
            num_anchors=config.generator.num_anchors,
        )
        self._generator = generator
        self._traced: Any = None  # A concrete function, at the first call.

    def __call__(
        self, states: Tensors, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> Tensors:
        """Returns the outputs of the signature `generate_frame`.

        Args:
            states: states by their names on the wire.
            planes: [B, H, W, P], of `StateFormat.plane_dtype`.
            instances: int32 [B, H, W], or None.
        """
        inputs = {"conditions": planes, **states}
        if instances is not None:
            inputs["instances"] = instances
        if self._traced is None:
            specs = {**self.state_format.specs(), **self.condition_specs()}
            step = tf.function(self._generate, autograph=False)
            with tf.init_scope():
                self._traced = step.get_concrete_function(**specs)
        return self._traced(**inputs)

    def condition_specs(self, *time: int | None) -> dict[str, tf.TensorSpec]:
        """Returns the specs of conditions, and of instances where they are used.

        Args:
            *time: sizes between the batch and the height; None for any.
        """
        lead, planes = [None, *time, None, None], self.state_format.num_planes
        shapes = {"conditions": ([*lead, planes], self.state_format.plane_dtype)}
        if self.state_format.uses_instances:
            shapes["instances"] = (lead, tf.int32)
        return {k: tf.TensorSpec(*shape, name=k) for k, shape in shapes.items()}

    def states_before(
        self,
        planes: tf.Tensor,
        instances: tf.Tensor | None,
        channels: tf.Tensor,
        frames: tf.Tensor,
        styles: tf.Tensor | None,
        given: bool = False,
    ) -> Tensors:
        """Returns the states before the first generated frame, as they travel.

        Args:
            planes: [B, n - 1, H, W, P], of `StateFormat.plane_dtype`.
            instances: int32 [B, n - 1, H, W], or None.
            channels: both, encoded.
            frames: float32 [B, n - 1, H, W, 3], range [-1, 1].
            styles: float32 [B, L, K, F], or None.
            given: whether the frames are those of a caller.
        """
        pyramid = self._generator.init_states(channels, frames).frames
        started = None
        if self.state_format.starts_raw:
            started = tf.fill([tf.shape(planes)[0]], given)
        states = ServingStates(planes, instances, pyramid, started, styles)
        return self.state_format.pack(states)

    def _generate(self, **inputs: tf.Tensor) -> Tensors:
        states = self.state_format.unpack(inputs)
        planes, instances = inputs["conditions"], inputs.get("instances")
        past = self.reader.read(states.conditions, states.instances, states.styles)
        before = States(past, states.frames)
        started = states.started
        output, after = generate_frame(
            self._generator,
            self.reader.read(planes, instances, states.styles),
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
            ServingStates(window, ids, after.frames, started, states.styles)
        )
        specs = self.state_format.specs()
        # Sizes that the network's layers lost.
        for name, tensor in packed.items():
            tensors[name] = tf.ensure_shape(tensor, specs[name].shape)
        return tensors
