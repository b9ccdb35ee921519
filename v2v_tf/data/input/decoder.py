"""Decodes a serialized clip record to the tensors of a clip, inside the graph."""

from __future__ import annotations

from dataclasses import dataclass

import tensorflow as tf

from v2v_tf.config import Config
from v2v_tf.data.input import augmentation, sampling
from v2v_tf.data.input.augmentation import ClipTransform
from v2v_tf.data.records import clip as clip_record
from v2v_tf.data.records.folder import RecordLayout


@dataclass(frozen=True)
class ClipDecoder:
    """Decodes the sampled frames of one record, and only those.

    Attributes:
        records: layout of the records; its plan says whether to draw or to take the
            middle.
        config: the effective configuration.
        num_frames: T; None for all frames of the record.
    """

    records: RecordLayout
    config: Config
    num_frames: int | None

    def decode(self, seed: tf.Tensor, serialized: tf.Tensor) -> dict[str, tf.Tensor]:
        """Parses, samples, decodes and transforms one record.

        Args:
            seed: int32 [2], of this clip in this pass.
            serialized: string scalar.

        Returns:
            The keys of `input.make_dataset`, without the batch axis.
        """
        features = clip_record.parse_example(serialized)
        frame_seed, transform_seed, drop_seed = tf.unstack(tf.random.split(seed, 3))
        length, start, stride = self._choose(features, frame_seed)
        chosen = start + stride * tf.range(length)
        size = tf.cast(tf.stack([features["height"], features["width"]]), tf.int32)
        transform = augmentation.draw_transform(self.records.plan, size, transform_seed)

        frames = sampling.decode_images(
            tf.gather(features["frames"], chosen), clip_record.decode_frame, tf.uint8
        )
        stored = self._stored_planes(features, chosen)
        planes = self._redrawn(stored, features, chosen, drop_seed)
        resizing = self.records.conditioning.resizing()
        clip = {
            "conditions": transform.conditions(planes, resizing),
            "frames": transform.frames(tf.ensure_shape(frames, [None, None, None, 3])),
        }
        if self.records.uses_instances:
            ids = sampling.decode_images(
                tf.gather(features["instances"], chosen),
                clip_record.decode_instances,
                tf.int32,
            )
            clip["instances"] = transform.ids(ids[..., tf.newaxis])[..., 0]
        if self.config.discriminator.use_face:
            # Of the planes as stored: drops hide what a face is found by.
            kept = transform.conditions(stored, resizing)
            clip["faces"] = self.records.conditioning.face_boxes(kept)
        flow, confidence = self._flow(features, transform, length - 1, start, stride)
        clip |= {"flow": flow, "flow_confidence": confidence}
        return {name: self._ensure_length(name, value) for name, value in clip.items()}

    @property
    def _max_stride(self) -> int:
        # A whole record and a single frame have no room for steps.
        training = self.records.plan.training and (self.num_frames or 1) > 1
        return self.config.data.max_stride if training else 1

    def _choose(
        self, features: dict[str, tf.Tensor], seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Returns the number of frames, the first and the step, int32 scalars."""
        available = tf.cast(features["num_frames"], tf.int32)
        if self.num_frames is None:
            return available, tf.constant(0), tf.constant(1)
        start, stride = tf.constant(0), tf.constant(1)
        if self.records.plan.training:
            start, stride = sampling.draw_frames(
                available, self.num_frames, self._max_stride, seed
            )
        return tf.constant(self.num_frames), start, stride

    def _stored_planes(
        self, features: dict[str, tf.Tensor], chosen: tf.Tensor
    ) -> tf.Tensor:
        conditioning = self.records.conditioning
        num_planes = conditioning.num_planes
        dtype = tf.as_dtype(conditioning.plane_dtype)
        planes = sampling.decode_images(
            tf.gather(features["conditions"], chosen),
            lambda encoded: clip_record.decode_planes(encoded, num_planes, dtype),
            dtype,
        )
        return tf.ensure_shape(planes, [None, None, None, num_planes])

    def _redrawn(
        self,
        planes: tf.Tensor,
        features: dict[str, tf.Tensor],
        chosen: tf.Tensor,
        seed: tf.Tensor,
    ) -> tf.Tensor:
        if not self.records.plan.training:
            return planes
        keypoints = features["keypoints"]
        if self.records.has_keypoints:
            keypoints = tf.gather(keypoints, chosen)
        return self.records.conditioning.redraw(planes, features, keypoints, seed)

    def _flow(
        self,
        features: dict[str, tf.Tensor],
        transform: ClipTransform,
        num_pairs: tf.Tensor,
        start: tf.Tensor,
        stride: tf.Tensor,
    ) -> tuple[tf.Tensor, tf.Tensor]:
        height, width = self.records.plan.size

        def none() -> tuple[tf.Tensor, tf.Tensor]:
            return tf.zeros([0, height, width, 2]), tf.zeros([0, height, width, 1])

        def some() -> tuple[tf.Tensor, tf.Tensor]:
            flow, confidence = sampling.read_flows(
                features["flows"], start, stride, num_pairs, self._max_stride
            )
            return transform.flow(flow, confidence)

        if self.num_frames is not None:
            return some() if self.num_frames > 1 else none()
        return tf.cond(num_pairs > 0, some, none)

    def _ensure_length(self, name: str, value: tf.Tensor) -> tf.Tensor:
        if self.num_frames is None:
            return value
        length = self.num_frames - int(name.startswith("flow"))
        return tf.ensure_shape(value, [length, *value.shape[1:]])
