"""Depth: one plane of 16 bits; scaled depth and where it is known as channels.

Planes hold the integers of the files, of 8 bits or 16, so that nothing is lost; they
are scaled in the graph.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.depth.config import DepthConfig

MAX_DEPTH = int(np.iinfo(np.uint16).max)


@dataclass(frozen=True)
class DepthGeometry(Geometry):
    """Geometry of a sequence, whose depths must all have one unit.

    Attributes:
        bits: of the depth maps, 8 or 16.
    """

    bits: int


class DepthConditioning(Conditioning):
    """Depth maps.

    Planes are resized by the nearest pixel: between two things there is no depth half
    way.

    Attributes:
        num_channels: 2, the scaled depth and 1 where it is known; the first alone where
            no value stands for a missing depth.
    """

    task = "depth"
    num_planes = 1
    plane_dtype = np.uint16
    plane_resizing = "nearest"

    def __init__(self, config: DepthConfig, resize: ResizeConfig) -> None:
        """Stores the rules.

        Args:
            config: scaling and the value of missing depths.
            resize: size rules.
        """
        self._config = config
        self._resize = resize
        self.num_channels = 1 + int(config.missing >= 0)
        self.scale = (config.near, config.far, float(config.inverse), config.missing)

    def plan(self, first: RawFrame) -> DepthGeometry:
        """See base class."""
        depth = images.require(first, "depth", self.task)
        bits = _check_depth(depth)
        size = (depth.shape[0], depth.shape[1])
        whole = images.whole(size, size_rules.prepared_size(size, self._resize))
        return DepthGeometry(whole.source_size, whole.crop, whole.size, bits)

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """Resizes the depth (nearest) and the frame.

        Raises:
            InputError: depth is missing, of another size or number of bits than the
                sequence began with, or no depth map.
        """
        depth = images.require(raw, "depth", self.task)
        bits = _check_depth(depth)
        if isinstance(geometry, DepthGeometry) and bits != geometry.bits:
            raise InputError(
                f"depth must have {geometry.bits} bits as the sequence began, got "
                f"{bits}: write all depth maps of a sequence in one unit and one type"
            )
        images.check_size(depth, geometry, "depth")
        planes = images.resize_nearest(depth.astype(np.uint16), geometry.size)
        frame = images.draw_frame(raw.image, geometry)
        return DrawnFrame(frame, planes[..., np.newaxis])

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Scales depths; `instances` is not used.

        Args:
            planes: uint16 [..., H, W, 1].
            instances: None.

        Returns:
            float32 [..., H, W, C]: the depth in [-1, 1], 0 where it is missing; and 1
            where it is known, else 0.

        Raises:
            InputError: the range of depths is not known yet.
        """
        config = self._config
        if config.scaling != "range":
            raise InputError(
                "conditioning.depth.scaling=percentile names no range yet: take the "
                "configuration of a run, which training wrote the range into, or call "
                "v2v_tf.data.records.folder.resolve_config with the training records"
            )
        depth = tf.cast(planes, tf.float32)
        ends = (config.near, config.far)
        clipped = tf.clip_by_value(depth, *ends)
        if config.inverse:
            clipped, ends = 1.0 / clipped, (1.0 / config.far, 1.0 / config.near)
        scaled = (clipped - ends[0]) * (2.0 / (ends[1] - ends[0])) - 1.0
        if config.missing < 0:
            return scaled
        known = tf.cast(tf.not_equal(depth, float(config.missing)), tf.float32)
        return tf.concat([scaled * known, known], axis=-1)

    def paint(self, planes: np.ndarray) -> np.ndarray:
        """Paints depths as a network reads them: near red, far blue, missing black.

        Args:
            planes: uint16 [..., H, W, 1].

        Returns:
            uint8 [..., H, W, 3], RGB.

        Raises:
            InputError: as of `encode`.
        """
        every = np.arange(MAX_DEPTH + 1, dtype=np.uint16)
        channels = self.encode(tf.constant(every[:, np.newaxis]), None).numpy()
        near = channels[:, 0] if self._config.inverse else -channels[:, 0]
        levels = np.rint((near + 1.0) * 127.5).astype(np.uint8)
        colors = cv2.applyColorMap(levels, cv2.COLORMAP_TURBO)[:, 0, ::-1]
        if self._config.missing >= 0:
            colors = np.where(channels[:, 1:] > 0, colors, 0).astype(np.uint8)
        return colors[planes[..., 0]]


def _check_depth(depth: np.ndarray) -> int:
    """Returns the bits of a depth map; raises InputError for anything else."""
    is_known = depth.dtype in (np.uint8, np.uint16)
    if not is_known or depth.ndim != 2 or depth.size == 0:
        raise InputError(
            f"depth must be uint8 or uint16 [H, W], one depth a pixel, got "
            f"{depth.dtype} {list(depth.shape)}: store it as a single-channel PNG of 8 "
            "or 16 bits"
        )
    return 8 * depth.dtype.itemsize
