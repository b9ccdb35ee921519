"""Encodes label ids, one plane, as one-hot labels and instance edges.

One-hot labels come first, then the plane of instance edges (method.md 2.2). Pixels
that nobody labelled have the id after the last label in planes, and no channel.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.street.config import StreetConfig

MAX_INSTANCE = np.iinfo(np.uint16).max
_USUAL_IGNORED = 255


class StreetConditioning(Conditioning):
    """Encodes label maps, with or without instance maps.

    Attributes:
        num_planes: 1, the label ids.
        num_channels: number of channels: one per label, and one of instance edges where
            used.
    """

    task = "street"
    num_planes = 1

    def __init__(self, config: StreetConfig, resize: ResizeConfig) -> None:
        """Stores the rules.

        Args:
            config: labels and instances.
            resize: size rules.
        """
        self.num_labels = config.num_labels
        self.uses_instances = config.use_instances
        self.num_channels = config.num_labels + int(config.use_instances)
        self.ignore_label = config.ignore_label
        # Unlabelled pixels are a region too.
        self.num_style_classes = config.num_labels + int(config.ignore_label >= 0)
        self._resize = resize

    @property
    def plane_limits(self) -> tuple[int, ...]:
        """See base class: the highest label id, or that of pixels without a label."""
        return (min(self.num_labels - int(self.ignore_label < 0), 255),)

    def plan(self, first: RawFrame) -> Geometry:
        """See base class."""
        labels = images.require(first, "label_map", self.task)
        height, width = _check_ids(labels, "label_map")
        size = size_rules.prepared_size((height, width), self._resize)
        return images.whole((height, width), size)

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """Resizes labels and instances (nearest) and the frame.

        Raises:
            InputError: a map is missing, sizes differ, a label id is neither below
                `num_labels` nor `ignore_label`, an instance id is not in 0 .. 65535.
        """
        labels = images.require(raw, "label_map", self.task)
        _check_ids(labels, "label_map")
        images.check_size(labels, geometry, "label_map")
        # A negative ignore_label is none, and a negative id is out of range.
        ignored = (labels == self.ignore_label) & (self.ignore_label >= 0)
        self._check_labels(labels[~ignored])
        labels = np.where(ignored, self.num_labels, labels).astype(np.uint8)
        planes = images.resize_nearest(labels, geometry.size)
        return DrawnFrame(
            images.draw_frame(raw.image, geometry),
            planes[..., np.newaxis],
            self._draw_instances(raw, geometry),
        )

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Encodes label ids to one-hot planes and instance ids to their edges.

        Args:
            planes: uint8 [..., H, W, 1], label ids; all label channels are 0 where it
                is `num_labels`, without a label.
            instances: integers [..., H, W]; None where instances are not used.

        Returns:
            float32 [..., H, W, C], 0 or 1.

        Raises:
            ValueError: instances are used and None came.
        """
        channels = tf.one_hot(planes[..., 0], self.num_labels, dtype=tf.float32)
        if not self.uses_instances:
            return channels
        if instances is None:
            raise ValueError("use_instances is set: encode expects instances, got None")
        edges = instance_edges(instances)
        return tf.concat([channels, edges[..., tf.newaxis]], axis=-1)

    def style_regions(
        self, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """See base class: labels, and their instances where they are used."""
        labels = tf.cast(planes[..., 0], tf.int32)
        if instances is None:
            return labels, tf.zeros_like(labels)
        return labels, tf.cast(instances, tf.int32)

    def check_planes(self, planes: np.ndarray, instances: np.ndarray | None) -> None:
        """See base class; also refuses ids that are above `plane_limits`."""
        super().check_planes(planes, instances)
        without = self.num_labels if self.ignore_label >= 0 else -1
        self._check_labels(planes[planes != without])

    def _check_labels(self, labels: np.ndarray) -> None:
        if not labels.size:
            return
        for worst in (int(labels.max()), int(labels.min())):
            if not 0 <= worst < self.num_labels:
                raise InputError(
                    f"label ids must be 0 .. {self.num_labels - 1}, got {worst}: "
                    f"{_remedy(worst)}",
                    field="label_map",
                )

    def _draw_instances(self, raw: RawFrame, geometry: Geometry) -> np.ndarray | None:
        if not self.uses_instances:
            return None
        if raw.get("instance_map") is None:
            raise InputError(
                "conditioning.street.use_instances is set, but a frame came without "
                "`instance_map`: add the instance maps or set it to false"
            )
        instances = raw.get("instance_map")
        _check_ids(instances, "instance_map")
        images.check_size(instances, geometry, "instance_map")
        for worst in (int(instances.max()), int(instances.min())):
            if not 0 <= worst <= MAX_INSTANCE:
                raise InputError(
                    f"instance ids must be 0 .. {MAX_INSTANCE}, got {worst}: "
                    "renumber the instances",
                    field="instance_map",
                )
        return images.resize_nearest(instances.astype(np.uint16), geometry.size)


def instance_edges(instances: tf.Tensor) -> tf.Tensor:
    """Marks pixels that have a 4-neighbour with another id (method.md 2.2).

    Args:
        instances: integers [..., H, W].

    Returns:
        float32 [..., H, W], 1 on both sides of every border between ids, else 0.
    """
    rows = tf.not_equal(instances[..., 1:, :], instances[..., :-1, :])
    columns = tf.not_equal(instances[..., :, 1:], instances[..., :, :-1])
    no_row = tf.zeros_like(instances[..., :1, :], tf.bool)
    no_column = tf.zeros_like(instances[..., :, :1], tf.bool)
    below = tf.concat([rows, no_row], axis=-2)
    above = tf.concat([no_row, rows], axis=-2)
    right = tf.concat([columns, no_column], axis=-1)
    left = tf.concat([no_column, columns], axis=-1)
    return tf.cast(below | above | right | left, tf.float32)


def _remedy(label: int) -> str:
    """Returns what to do about a label that is out of range."""
    if label == _USUAL_IGNORED:
        return (
            "if nobody labelled these pixels, set conditioning.street.ignore_label="
            "255; ids of Cityscapes' training (trainIds) need --label-map "
            "cityscapes-train-ids"
        )
    return (
        "map the ids to labels with --label-map, or set conditioning.street.num_labels"
    )


def _check_ids(ids: np.ndarray, name: str) -> tuple[int, int]:
    if ids.ndim != 2 or ids.dtype.kind not in "iu" or ids.size == 0:
        raise InputError(
            f"{name} must be integers [H, W], one id a pixel, got {ids.dtype} "
            f"{list(ids.shape)}: store it as a single-channel image",
            field=name,
        )
    return ids.shape[0], ids.shape[1]
