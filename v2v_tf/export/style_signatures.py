"""Makes the styles of videos: the signatures `sample_styles` and `styles_from_frames`.

A caller asks once, and gives the answer to `init_states*`; from there on it travels in
the states.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.export import wire_checks
from v2v_tf.export.generation_step import GenerationStep, Tensors
from v2v_tf.inference.frames import from_uint8
from v2v_tf.inference.style_mixture import UNSEEN_SEED, StyleMixture
from v2v_tf.models.vid2vid.generator import SequentialGenerator

ANY_COMPONENT = -1


class StyleSignatures:
    """Makes tables of styles.

    Not a `tf.Module`, as `GenerationStep` is not.

    Args:
        step: step of the model, which knows regions and the shape of tables.
        generator: built generator with a style encoder.
        mixture: mixtures of the styles of the training clips.
        multiple: downsampling factor, by which heights and widths must be divisible.
    """

    def __init__(
        self,
        step: GenerationStep,
        generator: SequentialGenerator,
        mixture: StyleMixture,
        multiple: int,
    ) -> None:
        assert step.state_format.style_shape is not None
        self.shape = step.state_format.style_shape
        self._reader = step.reader
        self._multiple = multiple
        encoder = generator.style_encoder
        assert encoder is not None
        # In a function, where TensorFlow does not see a Keras model to save.
        self._encode = lambda x, ids: encoder(x, ids)
        self._unseen_seed = tf.constant(UNSEEN_SEED, tf.int64)
        self._sample = lambda seeds: mixture.sample(seeds, self.shape[1])
        used = int((mixture.weights > 0).sum(axis=1).max())
        self._components = tf.stack(
            [mixture.component(index, self.shape[1]) for index in range(used)]
        )

    def sample_styles(self, **inputs: tf.Tensor) -> Tensors:
        """Draws a table for each video, or takes one component of every class.

        Args:
            **inputs: `seed` int64 [B]; `component` int32 [B], -1 to draw by the seed.

        Returns:
            `styles` float32 [B, L, K, F].
        """
        seeds, components = inputs["seed"], inputs["component"]
        count = len(self._components)
        known = (components >= ANY_COMPONENT) & (components < count)
        message = f"component: expected -1 (any) .. {count - 1}, got"
        checks = [
            wire_checks.check(tf.reduce_all(known), message, components),
            *wire_checks.same_sides("seed", seeds, "component", components),
        ]
        with tf.control_dependencies(checks):
            components = tf.identity(components)
        drawn = self._sample(seeds)
        means = tf.gather(self._components, tf.maximum(components, 0))
        is_drawn = (components == ANY_COMPONENT)[:, None, None, None]
        return {"styles": tf.where(is_drawn, drawn, means)}

    def styles_from_frames(self, **inputs: tf.Tensor) -> Tensors:
        """Returns the styles that frames show, and drawn ones of what they do not.

        Args:
            **inputs: `conditions` [B, N, H, W, P], `instances` int32
                [B, N, H, W] where used, and `frames` uint8 [B, N, H, W, 3].

        Returns:
            `styles` float32 [B, L, K, F].
        """
        planes, given = inputs["conditions"], inputs["frames"]
        instances = inputs.get("instances")
        checks = wire_checks.conditions_fit(
            planes, instances, self._reader.conditioning, self._multiple, axes=2
        )
        checks += wire_checks.same_sides("frames", given, "conditions", planes)
        with tf.control_dependencies(checks):
            frames = from_uint8(given)
        unseen = self._sample(tf.fill([tf.shape(planes)[0]], self._unseen_seed))
        table = self._reader.style_table(
            self._encode, planes, instances, frames, unseen
        )
        return {"styles": table}
