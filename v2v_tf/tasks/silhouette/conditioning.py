"""Draws masks of a person: one plane, white where the person is."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.silhouette.config import FIELD, SilhouetteConfig


class SilhouetteConditioning(Conditioning):
    """Masks, cut at a threshold at their own size, then resized smoothly."""

    task = "silhouette"
    plane_resizing = "smooth"
    num_planes = 1
    num_channels = 1

    def __init__(self, config: SilhouetteConfig, resize: ResizeConfig) -> None:
        """Stores the rules.

        Args:
            config: the threshold.
            resize: size rules.
        """
        self._threshold = config.threshold
        self._resize = resize

    def plan(self, first: RawFrame) -> Geometry:
        """See base class."""
        mask = _checked(images.require(first, FIELD, self.task))
        size = (mask.shape[0], mask.shape[1])
        return images.whole(size, size_rules.prepared_size(size, self._resize))

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """See base class."""
        mask = _checked(images.require(raw, FIELD, self.task))
        images.check_size(mask, geometry, FIELD)
        person = np.where(mask >= self._threshold, 255, 0).astype(np.uint8)
        planes = images.resize_smooth(person, geometry.size)
        frame = images.draw_frame(raw.image, geometry)
        return DrawnFrame(frame, planes[..., np.newaxis])

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Scales the plane to [0, 1]; `instances` is not used."""
        return tf.cast(planes, tf.float32) / 255.0


def _checked(mask: np.ndarray) -> np.ndarray:
    if mask.dtype != np.uint8 or mask.ndim != 2 or not mask.size:
        raise InputError(
            f"{FIELD} must be uint8 [H, W], grey levels, got {mask.dtype} "
            f"{list(mask.shape)}",
            field=FIELD,
        )
    return mask
