"""Draws 68 landmarks as an edge plane and distance planes (method.md 2.4)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.face import curves as face_curves
from v2v_tf.tasks.face.config import FaceConfig
from v2v_tf.tasks.face.irises import draw_irises
from v2v_tf.tasks.face.landmarks import check_landmarks


class FaceConditioning(Conditioning):
    """Draws landmarks, cropped around the face of the first frame.

    The first plane holds the curves of the face, and its irises and the edges of the
    background where wanted; 14 planes hold the distance to each curve.
    `DrawnFrame.instances` is the part map 0 .. 6, which style encoders pool over.
    """

    task = "face"
    plane_resizing = "smooth"

    def __init__(
        self, config: FaceConfig, resize: ResizeConfig, use_parts: bool = False
    ) -> None:
        """Stores the rules.

        Args:
            config: options of the task: which planes are drawn.
            resize: size rules, for the crop.
            use_parts: the part map is needed, for styles of parts.
        """
        self.uses_instances = use_parts
        self.num_style_classes = face_curves.NUM_PARTS
        self.num_planes = 1 + face_curves.NUM_CURVES * int(config.distance_maps)
        self.num_channels = self.num_planes
        self._config = config
        self._resize = resize

    def plan(self, first: RawFrame) -> Geometry:
        """See base class; the crop is that of the first frame's face."""
        source = images.picture_size(first, self.task)
        landmarks = check_landmarks(
            images.require(first, "landmarks", self.task), source
        )
        crop = face_curves.face_crop(landmarks, source)
        cropped = (crop[1] - crop[0], crop[3] - crop[2])
        if min(cropped) < 2:
            raise InputError(
                "the landmarks of the first frame must span a face, got a width of "
                f"{np.ptp(landmarks[:, 0]):g} pixels: check the landmark files"
            )
        return Geometry(source, crop, size_rules.prepared_size(cropped, self._resize))

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """See base class; drawn at source size, then cropped and resized.

        Planes are resized smoothly, the part map by the nearest pixel.
        """
        source = geometry.source_size
        points = images.require(raw, "landmarks", self.task)
        landmarks = check_landmarks(points, source, self._config.irises)
        frame = images.draw_frame(raw.image, geometry)
        maps = face_curves.draw_landmarks(
            landmarks[: face_curves.NUM_LANDMARKS], source
        )
        edges = maps.edges
        if self._config.irises:
            edges = edges | draw_irises(landmarks, source)
        if self._config.background_edges:
            if raw.image is None:
                raise InputError(
                    "edges of the background are drawn from real frames "
                    "(conditioning.face.background_edges), got a frame without: add "
                    "the frames, or use a model that was trained with "
                    "conditioning.face.background_edges=false",
                    field="image",
                )
            image = raw.image
            # uint8 on purpose: 255 + 255 = 254, as networks were trained.
            edges = edges + face_curves.draw_background(image, maps.parts)
        planes = edges[..., np.newaxis]
        if self._config.distance_maps:
            planes = np.concatenate([planes, maps.distances], axis=-1)
        parts = images.resize_nearest(images.crop(maps.parts, geometry), geometry.size)
        return DrawnFrame(
            frame,
            images.resize_smooth(images.crop(planes, geometry), geometry.size),
            parts.astype(np.uint16),
        )

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Scales the planes to [0, 1]; `instances` is not used (method.md 2.1)."""
        return tf.cast(planes, tf.float32) / 255.0

    def style_regions(
        self, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """See base class: the parts of the face; a clip shows one of each."""
        parts = tf.cast(instances, tf.int32)
        return parts, tf.zeros_like(parts)
