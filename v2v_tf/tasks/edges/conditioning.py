"""Draws Canny edges of any frame, or takes ready edge maps: one plane.

Canny edges need no annotation, so they turn any video into a task of its own.
"""

from __future__ import annotations

import numpy as np

from v2v_tf.config import ResizeConfig
from v2v_tf.tasks import images
from v2v_tf.tasks.base import DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.edge_map_conditioning import EdgeMapConditioning
from v2v_tf.tasks.edges.canny import check_options, draw_edges
from v2v_tf.tasks.edges.config import EdgesConfig


class EdgesConditioning(EdgeMapConditioning):
    """Canny edges of the frame at the size of the record, or edge maps resized to it.

    Args:
        config: source, blur and thresholds.
        resize: size rules.

    Raises:
        InputError: a negative blur, or thresholds in the wrong order.
    """

    task = "edges"

    def __init__(self, config: EdgesConfig, resize: ResizeConfig) -> None:
        super().__init__(resize)
        check_options(config)
        self._config = config

    def plan(self, first: RawFrame) -> Geometry:
        """See base class."""
        if self._config.source == "given":
            return super().plan(first)
        image = images.require(first, "image", self.task)
        images.check_rgb(image)
        return self._whole(image)

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """See base class; Canny edges are found after resizing."""
        if self._config.source == "given":
            return super().draw(raw, geometry)
        image = images.require(raw, "image", self.task)
        frame = images.draw_frame(image, geometry)
        assert frame is not None
        return DrawnFrame(frame, draw_edges(frame, self._config)[..., np.newaxis])
