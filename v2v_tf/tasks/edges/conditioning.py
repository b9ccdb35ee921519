"""Draws Canny edges of any frame, or takes ready edge maps: one plane.

Canny edges need no annotation, so they turn any video into a task of its own.
"""

from __future__ import annotations

import cv2
import numpy as np
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.edges.config import EdgesConfig


class EdgesConditioning(Conditioning):
    """Canny edges of the frame at the size of the record, or edge maps resized to it.

    Attributes:
        field: name of the value in a `RawFrame` that edges come from.
    """

    task = "edges"
    plane_resizing = "smooth"
    num_planes = 1
    num_channels = 1

    def __init__(self, config: EdgesConfig, resize: ResizeConfig) -> None:
        """Stores the rules.

        Args:
            config: blur and thresholds.
            resize: size rules.

        Raises:
            InputError: a negative blur, or thresholds in the wrong order.
        """
        if config.blur_sigma < 0:
            raise InputError(
                f"conditioning.edges.blur_sigma must be 0 or more, got "
                f"{config.blur_sigma}"
            )
        if not 0 <= config.low_threshold <= config.high_threshold:
            raise InputError(
                "conditioning.edges needs 0 <= low_threshold <= high_threshold, got "
                f"{config.low_threshold} and {config.high_threshold}"
            )
        self._config = config
        self._resize = resize
        self.field = "edge_map" if config.source == "given" else "image"

    def plan(self, first: RawFrame) -> Geometry:
        """See base class."""
        image = images.require(first, self.field, self.task)
        self._check(image)
        size = (image.shape[0], image.shape[1])
        return images.whole(size, size_rules.prepared_size(size, self._resize))

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """See base class; Canny edges are found after resizing."""
        if self._config.source == "given":
            return self._draw_given(raw, geometry)
        image = images.require(raw, "image", self.task)
        frame = images.draw_frame(image, geometry)
        assert frame is not None
        return DrawnFrame(frame, draw_edges(frame, self._config)[..., np.newaxis])

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Scales the plane to [0, 1]; `instances` is not used."""
        return tf.cast(planes, tf.float32) / 255.0

    def _draw_given(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        edges = images.require(raw, self.field, self.task)
        self._check(edges)
        images.check_size(edges, geometry, self.field)
        planes = images.resize_smooth(edges, geometry.size)
        frame = images.draw_frame(raw.image, geometry)
        return DrawnFrame(frame, planes[..., np.newaxis])

    def _check(self, image: np.ndarray) -> None:
        if self.field == "image":
            images.check_rgb(image)
        elif image.dtype != np.uint8 or image.ndim != 2 or not image.size:
            raise InputError(
                f"edge_map must be uint8 [H, W], grey levels, got {image.dtype} "
                f"{list(image.shape)}",
                field=self.field,
            )


def draw_edges(image: np.ndarray, config: EdgesConfig) -> np.ndarray:
    """Finds Canny edges.

    Args:
        image: uint8 [H, W, 3], RGB.
        config: the blur before, and the hysteresis thresholds on the sum of the
            absolute Sobel derivatives (3x3) of the grey levels.

    Returns:
        uint8 [H, W], 255 on edges, else 0.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if config.blur_sigma > 0:
        grey = cv2.GaussianBlur(grey, (0, 0), config.blur_sigma)
    return cv2.Canny(grey, config.low_threshold, config.high_threshold)
