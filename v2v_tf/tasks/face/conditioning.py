"""Face: 68 landmarks as an edge plane and distance planes (spec 5.5)."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.config import FaceConfig, ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.face import curves as face_curves


class FaceConditioning(Conditioning):
    """Landmarks, cropped around the face of the first frame.

    The first plane holds the curves of the face, and the edges of the background
    where wanted; 14 planes hold the distance to each curve. `DrawnFrame.instances`
    is the part map 0 .. 6, which style encoders pool over.
    """

    task = "face"

    def __init__(
        self, config: FaceConfig, resize: ResizeConfig, use_parts: bool = False
    ):
        """Stores the rules.

        Args:
            config: which planes are drawn.
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
        image = images.require(first, "image", self.task)
        images.check_rgb(image)
        source = (image.shape[0], image.shape[1])
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
        landmarks = check_landmarks(images.require(raw, "landmarks", self.task), source)
        frame = images.draw_frame(raw.image, geometry)
        maps = face_curves.draw_landmarks(landmarks, source)
        edges = maps.edges
        if self._config.background_edges:
            image = images.require(raw, "image", self.task)
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
        """Scales the planes to [0, 1]; `instances` is not used (spec 5.2)."""
        return tf.cast(planes, tf.float32) / 255.0

    def style_regions(
        self, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """See base class: the parts of the face; a clip shows one of each."""
        parts = tf.cast(instances, tf.int32)
        return parts, tf.zeros_like(parts)


def check_landmarks(landmarks: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Returns landmarks as float64 [68, 2].

    Args:
        landmarks: what a source gave.
        size: (height, width) of the image.

    Raises:
        InputError: not 68 finite (x, y) points, or points farther outside the image
            than it is wide or high.
    """
    try:
        points = np.asarray(landmarks, np.float64)
    except (TypeError, ValueError):
        points = np.empty(0)
    expected = f"landmarks must be {face_curves.NUM_LANDMARKS} finite points (x, y)"
    if points.shape != (face_curves.NUM_LANDMARKS, 2):
        raise InputError(
            f"{expected}, got shape {list(np.shape(landmarks))}: use a 68-point "
            "predictor, one 'x,y' a line"
        )
    if not np.isfinite(points).all():
        worst = int(np.argmin(np.isfinite(points).all(axis=1)))
        raise InputError(
            f"{expected}, got {points[worst].tolist()} as point {worst}: drop the "
            "frame or repair it"
        )
    extent = np.array(size[::-1])
    far = ((points < -extent) | (points > 2 * extent)).any(axis=1)
    if far.any():
        worst = int(np.argmax(far))
        raise InputError(
            f"landmarks must lie near the image of {size[1]}x{size[0]}, got "
            f"{points[worst].tolist()} as point {worst}: give pixels of that image"
        )
    return points
