"""Wraps a generator as functions of named tensors, for SavedModels.

Conditions come as planes, uint8 or uint16 as the task's are, and frames leave as uint8,
in any batch and at any size that the downsampling factor divides. The caller keeps the
states: the module itself remembers nothing.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.errors import InputError
from v2v_tf.export import wire_checks
from v2v_tf.export.generation_step import GenerationStep, Tensors
from v2v_tf.export.style_signatures import StyleSignatures
from v2v_tf.inference.frames import from_uint8
from v2v_tf.inference.style_mixture import StyleMixture
from v2v_tf.models.common.rollout import loop
from v2v_tf.models.first_frame.build import ImageNetwork
from v2v_tf.models.vid2vid.generator import SequentialGenerator
from v2v_tf.models.vid2vid.states import merge_time, split_time


class ServingModule(tf.Module):
    """Computes the outputs of an exported model.

    Args:
        config: configuration of the experiment.
        generator: built generator of that configuration.
        first_frames: image generator that makes the frames before the first generated
            one; None for a model that is given them, or that begins with zeros.
        frame_dtype: type of the past frames in states, see `StateFormat`.
        mixture: mixtures that styles are drawn from, for a model with styles.

    Attributes:
        weights: all variables.
        step: generates one frame.
        state_format: names, shapes and types of states.
        takes_frames: whether a video may begin with frames of its caller.
        multiple: downsampling factor, by which heights and widths must be divisible.
        styles: makes styles of videos, for a model with styles; None for others.

    Raises:
        InputError: an image generator is given for a model that begins with zeros.
    """

    def __init__(
        self,
        config: Config,
        generator: SequentialGenerator,
        first_frames: ImageNetwork | None = None,
        frame_dtype: str = "float32",
        mixture: StyleMixture | None = None,
    ) -> None:
        super().__init__(name="vid2vid")
        self.step = GenerationStep(config, generator, frame_dtype)
        self.state_format = self.step.state_format
        self.takes_frames = config.generator.takes_frames
        if self.state_format.starts_raw and first_frames is not None:
            raise InputError(
                "this model begins with past frames of zeros and makes its first "
                "frames itself: leave the first-frame model out"
            )
        networks = [generator, *([] if first_frames is None else [first_frames])]
        self.weights = [v for network in networks for v in network.variables]
        # In a function, where TensorFlow does not see a Keras model to save.
        self._draw = None if first_frames is None else lambda x: first_frames(x)
        self.multiple = config.size_multiple
        self.styles = None
        if mixture is not None:
            self.styles = StyleSignatures(self.step, generator, mixture, self.multiple)

    @property
    def begins_alone(self) -> bool:
        """Returns whether a video needs no first frames from its caller."""
        return self.state_format.starts_raw or self._draw is not None

    def init_states(self, **inputs: tf.Tensor) -> Tensors:
        """Returns the states of videos that begin by themselves.

        Args:
            **inputs: `conditions` [B, n - 1, H, W, P] and, where the model uses them,
                `instances` int32 [B, n - 1, H, W], of the frames before the first
                generated one; `styles` float32 [B, L, K, F], of a model with styles.

        Returns:
            The states, `state_...`.
        """
        planes, instances = self.checked(inputs, axes=2)
        channels = self.step.reader.channels(planes, instances)
        if self._draw is None:
            frames = tf.zeros([*tf.unstack(tf.shape(channels)[:-1]), 3])
        else:
            drawn = self._draw(merge_time(channels))
            frames = split_time(drawn, self.state_format.history)
        table = self._styles(inputs, planes)
        return self.step.states_before(planes, instances, channels, frames, table)

    def init_states_from_frames(self, **inputs: tf.Tensor) -> Tensors:
        """Returns the states of videos that begin with given frames.

        Args:
            **inputs: inputs of `init_states`, and `frames` uint8 [B, n - 1, H, W, 3].
        """
        given = inputs["frames"]
        planes, instances = self.checked(inputs, axes=2)
        checks = wire_checks.same_sides("frames", given, "conditions", planes)
        with tf.control_dependencies(checks):
            frames = from_uint8(given)
        channels = self.step.reader.channels(planes, instances)
        known = (channels, frames, self._styles(inputs, planes))
        return self.step.states_before(planes, instances, *known, given=True)

    def generate_frame(self, **inputs: tf.Tensor) -> Tensors:
        """Generates one frame of each video.

        Args:
            **inputs: `conditions` [B, H, W, P], `instances` int32 [B, H, W] where used,
                and the states.

        Returns:
            `fake_frames` uint8 [B, H, W, 3]; with flow `mask` float32 [B, H, W, 1] (1 =
            hallucinated) and `flow` float32 [B, H, W, 2] (pixels, backward); and the
            states after the frame.
        """
        planes, instances = self.checked(inputs, axes=1)
        return self.step(self._states(inputs, planes), planes, instances)

    def generate_clip(self, **inputs: tf.Tensor) -> Tensors:
        """Generates N frames of each video, one after the other.

        Args:
            **inputs: `conditions` [B, N, H, W, P], `instances` int32 [B, N, H, W] where
                used, and the states.

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
            planes: [B, N, H, W, P].
            instances: int32 [B, N, H, W], or None.
        """
        total = tf.shape(planes)[1]
        frames = tf.TensorArray(tf.uint8, total, element_shape=[None, None, None, 3])
        shapes = {k: spec.shape for k, spec in self.state_format.specs().items()}

        def step(index: tf.Tensor, states: Tensors) -> tuple[list[tf.Tensor], Tensors]:
            now = None if instances is None else instances[:, index]
            outputs = self.step(states, planes[:, index], now)
            return [outputs["fake_frames"]], {name: outputs[name] for name in shapes}

        states = {k: tf.ensure_shape(states[k], shape) for k, shape in shapes.items()}
        last, [frames] = loop(step, states, [frames], (0, total), shapes)
        return tf.transpose(frames.stack(), [1, 0, 2, 3, 4]), last

    def checked(self, inputs: Tensors, axes: int) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Returns `conditions` and `instances` of a request, once they are usable.

        Args:
            inputs: inputs of a signature.
            axes: number of axes of `conditions` before the height.
        """
        planes, instances = inputs["conditions"], inputs.get("instances")
        checks = wire_checks.conditions_fit(
            planes, instances, self.step.conditioning, self.multiple, axes
        )
        with tf.control_dependencies(checks):
            ids = None if instances is None else tf.identity(instances)
            return tf.identity(planes), ids

    def _styles(self, inputs: Tensors, planes: tf.Tensor) -> tf.Tensor | None:
        """Returns the styles of a request, once they fit its conditions."""
        if "styles" not in inputs:
            return None
        table = inputs["styles"]
        checks = wire_checks.styles_fit("styles", table, tf.shape(planes)[0])
        with tf.control_dependencies(checks):
            return tf.identity(table)

    def _states(self, inputs: Tensors, planes: tf.Tensor) -> Tensors:
        """Returns the states of a request, once they fit its conditions."""
        checks = wire_checks.states_fit(self.state_format.unpack(inputs), planes)
        with tf.control_dependencies(checks):
            names = self.state_format.specs()
            return {name: tf.identity(inputs[name]) for name in names}
