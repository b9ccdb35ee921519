"""Draws DensePose and OpenPose as six planes (method.md 2.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from v2v_tf.config import ResizeConfig
from v2v_tf.errors import InputError
from v2v_tf.tasks import geometry as size_rules
from v2v_tf.tasks import images
from v2v_tf.tasks.base import Conditioning, DrawnFrame, Geometry, RawFrame
from v2v_tf.tasks.pose import drawing as pose_drawing
from v2v_tf.tasks.pose import drop as pose_drop
from v2v_tf.tasks.pose import redraw
from v2v_tf.tasks.pose.config import PoseConfig
from v2v_tf.tasks.pose.drop import PoseDrop
from v2v_tf.tasks.pose.face_boxes import face_boxes

Size = tuple[int, int]


class PoseConditioning(Conditioning):
    """Draws DensePose (U, V, part), then OpenPose in RGB; either may be left out.

    The central half of the width is cut by the input pipeline, not here.
    """

    task = "pose"

    def __init__(self, config: PoseConfig, resize: ResizeConfig) -> None:
        """Stores the rules.

        Args:
            config: options of the task: which planes there are, and what is drawn.
            resize: size rules.

        Raises:
            InputError: no planes, or a probability outside 0 .. 1.
        """
        if not (config.use_densepose or config.use_openpose):
            raise InputError("conditioning.pose must use densepose, openpose or both")
        if not 0 <= config.random_drop_prob <= 1:
            raise InputError(
                "conditioning.pose.random_drop_prob must be 0 .. 1, got "
                f"{config.random_drop_prob}"
            )
        self.num_planes = 3 * (int(config.use_densepose) + int(config.use_openpose))
        self.num_channels = self.num_planes
        self._config = config
        self._resize = resize

    def plan(self, first: RawFrame) -> Geometry:
        """See base class; the size is that of the image, or else of the DensePose."""
        densepose = first.get("densepose")
        if first.image is None and densepose is not None:
            images.check_rgb(densepose, "densepose")
            size = (densepose.shape[0], densepose.shape[1])
        else:
            size = images.picture_size(first, self.task)
        return images.whole(size, size_rules.prepared_size(size, self._resize))

    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """See base class; draws everything, without random drops."""
        planes, keypoints = [], None
        if raw.get("openpose") is not None:
            text = json.dumps(
                raw.get("openpose"), separators=(",", ":"), sort_keys=True
            )
            keypoints = text.encode()
        if self._config.use_densepose:
            densepose = images.require(raw, "densepose", self.task)
            check_densepose(densepose)
            images.check_size(densepose, geometry, "densepose")
            planes.append(images.resize_nearest(densepose, geometry.size))
        if self._config.use_openpose:
            openpose = images.require(raw, "openpose", self.task)
            planes.append(self._draw_openpose(openpose, geometry, PoseDrop()))
        return DrawnFrame(
            images.draw_frame(raw.image, geometry),
            np.concatenate(planes, axis=-1),
            keypoints=keypoints,
        )

    def redraw(
        self,
        planes: tf.Tensor,
        features: Mapping[str, tf.Tensor],
        keypoints: tf.Tensor,
        seed: tf.Tensor,
    ) -> tf.Tensor:
        """See base class: every frame has random drops of its own."""
        if not redraw.has_drops(self._config):
            return planes
        return redraw.redraw_in_graph(
            planes, features, keypoints, seed, self, self._config
        )

    def face_boxes(self, planes: tf.Tensor) -> tf.Tensor:
        """See base class: DensePose's head parts, or the limb from neck to nose."""
        return face_boxes(planes, self._config)

    def redraw_frame(
        self,
        planes: np.ndarray,
        openpose: dict[str, Any] | None,
        geometry: Geometry,
        drop: PoseDrop,
    ) -> np.ndarray:
        """Returns a record's planes as `draw` would give them with random drops.

        Args:
            planes: uint8 [h, w, P], the record's, at `geometry.size`.
            openpose: the parsed JSON of the frame; None where `use_openpose` is not
                set.
            geometry: geometry of the sequence.
            drop: drop of this frame in this epoch.

        Returns:
            uint8 [h, w, P].

        Raises:
            InputError: OpenPose is used and the JSON is missing or unusable.
        """
        redrawn = []
        if self._config.use_densepose:
            redrawn.append(pose_drop.drop_densepose(planes[..., :3], drop))
        if self._config.use_openpose:
            if openpose is None:
                raise InputError(
                    "random drops of OpenPose need the keypoints of every frame, got "
                    "a record without: run prepare again"
                )
            redrawn.append(self._draw_openpose(openpose, geometry, drop))
        return np.concatenate(redrawn, axis=-1)

    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Scales the planes to [-1, 1], parts by part / 24; `instances` is not used.

        Args:
            planes: uint8 [..., H, W, P].
            instances: ignored.

        Returns:
            float32 [..., H, W, P], range [-1, 1].
        """
        highest = [255.0] * self.num_planes
        if self._config.use_densepose:
            highest[2] = float(pose_drop.NUM_PARTS)
        return tf.cast(planes, tf.float32) * (2.0 / tf.constant(highest)) - 1.0

    def _draw_openpose(
        self, openpose: dict[str, Any], geometry: Geometry, drop: PoseDrop
    ) -> np.ndarray:
        drawn = pose_drawing.draw_openpose(
            openpose,
            geometry.source_size,
            basic_point_only=self._config.basic_point_only,
            drop=drop,
        )
        return images.resize_nearest(drawn, geometry.size)


def check_densepose(densepose: np.ndarray) -> None:
    """Raises InputError unless this is uint8 [H, W, 3] with parts 0 .. 24 last."""
    images.check_rgb(densepose, "densepose")
    largest = int(densepose[..., 2].max())
    if largest > pose_drop.NUM_PARTS:
        raise InputError(
            f"the third channel of densepose must be a part 0 .. {pose_drop.NUM_PARTS}"
            f", got {largest}: store (U, V, part) as RGB, PNG and not JPEG"
        )
