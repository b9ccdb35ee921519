"""Draws edge maps that are given: one plane, resized smoothly, encoded to [0, 1]."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.edge_maps import FIELD


class EdgeMapConditioning(Conditioning):
    """Edge maps of any grey levels; of what task, a sub-class says.

    Args:
        resize: size rules.
    """

    plane_resizing = "smooth"
    num_planes = 1
    num_channels = 1

    def __init__(self, resize: ResizeConfig) -> None:
        self._resize = resize

    def plan(self, first: RawFrame) -> Geometry:
        """See base class."""
        edges = images.require(first, FIELD, self.task)
        _check(edges)
        return self._whole(edges)

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """See base class."""
        edges = images.require(raw, FIELD, self.task)
        _check(edges)
        images.check_size(edges, geometry, FIELD)
        planes = images.resize_smooth(edges, geometry.size)
        frame = images.draw_frame(raw.image, geometry)
        return DrawnFrame(frame, planes[..., np.newaxis])

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Scales the plane to [0, 1]; `instances` is not used."""
        return tf.cast(planes, tf.float32) / 255.0

    def _whole(self, picture: np.ndarray) -> Geometry:
        size = (picture.shape[0], picture.shape[1])
        return images.whole(size, size_rules.prepared_size(size, self._resize))


def _check(edges: np.ndarray) -> None:
    if edges.dtype != np.uint8 or edges.ndim != 2 or not edges.size:
        raise InputError(
            f"{FIELD} must be uint8 [H, W], grey levels, got {edges.dtype} "
            f"{list(edges.shape)}",
            field=FIELD,
        )
