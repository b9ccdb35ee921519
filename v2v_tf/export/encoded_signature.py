"""Takes and gives images as bytes, for REST: the signature `generate_encoded`.

A request is a whole video from its beginning; nothing is kept for another one.
"""

from __future__ import annotations

import tensorflow as tf

from v2v_tf.data.records import clip as clip_record
from v2v_tf.export import wire_checks, wire_images
from v2v_tf.export.generation_step import Tensors
from v2v_tf.export.serving_module import ServingModule
from v2v_tf.export.style_signatures import ANY_COMPONENT


class EncodedSignature(tf.Module):
    """Decodes conditions, generates videos and encodes their frames.

    Args:
        module: generates frames.
    """

    def __init__(self, module: ServingModule) -> None:
        super().__init__(name="encoded")
        self.module = module

    def generate_encoded(self, **inputs: tf.Tensor) -> Tensors:
        """Generates videos from encoded conditions.

        Args:
            **inputs: strings. `conditions_bytes` [B, T]: grey PNGs of P * H rows, of 8
                or 16 bits as the model's planes are, the planes one below the other, as
                in clip records; the first n - 1 come before the first generated frame.
                `instances_bytes` [B, T] where used: 16-bit grey PNGs. `frames_bytes`
                [B, n - 1] where the model is given first frames: PNG or JPEG.
                `image_format` [B]: `png` or `jpeg`, what is wanted. `seed` int64 [B],
                of styles, where the model has some.

        Returns:
            `fake_frames_bytes` string [B, T - n + 1].
        """
        state_format = self.module.state_format
        n = state_format.history
        encoded, formats = inputs["conditions_bytes"], inputs["image_format"]
        message = f"conditions_bytes: expected more than {n} images a video, got"
        checks = [
            wire_checks.check(tf.shape(encoded)[1] > n, message, tf.shape(encoded)),
            wire_images.formats_known(formats),
        ]
        with tf.control_dependencies(checks):
            encoded = tf.identity(encoded)
        planes, instances = self.module.checked(self._decoded(encoded, inputs), axes=2)
        first = {"conditions": planes[:, :n]}
        rest = None
        if instances is not None:
            first["instances"], rest = instances[:, :n], instances[:, n:]
        if self.module.styles is not None:
            seed = inputs["seed"]
            drawn = tf.fill(tf.shape(seed), ANY_COMPONENT)
            first |= self.module.styles.sample_styles(seed=seed, component=drawn)
        if self.module.begins_alone:
            states = self.module.init_states(**first)
        else:
            frames = wire_images.decode(
                "frames_bytes",
                inputs["frames_bytes"],
                clip_record.decode_frame,
                tf.TensorSpec([None, None, 3], tf.uint8),
                jpeg=True,
            )
            states = self.module.init_states_from_frames(frames=frames, **first)
        made, _ = self.module.roll_out(states, planes[:, n:], rest)
        return {"fake_frames_bytes": wire_images.encode(made, formats)}

    def _decoded(self, encoded: tf.Tensor, inputs: Tensors) -> Tensors:
        num_planes = self.module.state_format.num_planes
        dtype = self.module.state_format.plane_dtype
        tensors = {
            "conditions": wire_images.decode(
                "conditions_bytes",
                encoded,
                lambda image: clip_record.decode_planes(image, num_planes, dtype),
                tf.TensorSpec([None, None, num_planes], dtype),
                rows_of=num_planes,
                # TensorFlow would stretch 8 bits to 16.
                bits=16 if dtype == tf.uint16 else None,
            )
        }
        if self.module.state_format.uses_instances:
            tensors["instances"] = wire_images.decode(
                "instances_bytes",
                inputs["instances_bytes"],
                clip_record.decode_instances,
                tf.TensorSpec([None, None], tf.int32),
            )
        return tensors
