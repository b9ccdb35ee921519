"""What every task's conditioning offers: plan, draw, encode.

Two halves with one seam, the uint8 planes of the clip record:

- drawing (`plan`, `draw`) is plain NumPy/OpenCV on single frames, used by Beam, the
  command line and the serving client;
- encoding (`encode`) is TensorFlow inside the graph, used by training and by the
  exported SavedModel.
"""

from __future__ import annotations

import abc
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from v2v_tf.errors import InputError


@dataclass(frozen=True)
class RawFrame:
    """What a source gives for one frame, at the source's own size.

    Attributes:
        image: uint8 [H, W, 3], RGB; None where a task needs none (street at
            inference).
        label_map: integers [H, W], label ids (street).
        instance_map: integers [H, W], instance ids (street).
        landmarks: [68, 2], (x, y) pixels (face).
        densepose: uint8 [H, W, 3], U, V, part index 0 .. 24 (pose).
        openpose: the parsed OpenPose JSON (pose).
    """

    image: np.ndarray | None = None
    label_map: np.ndarray | None = None
    instance_map: np.ndarray | None = None
    landmarks: np.ndarray | None = None
    densepose: np.ndarray | None = None
    openpose: dict[str, Any] | None = None


@dataclass(frozen=True)
class Geometry:
    """From source pixels to record pixels; one for all frames of a sequence.

    Attributes:
        source_size: (height, width) of the source.
        crop: (y0, y1, x0, x1) in source pixels, applied first.
        size: (height, width) of the result.
    """

    source_size: tuple[int, int]
    crop: tuple[int, int, int, int]
    size: tuple[int, int]


@dataclass(frozen=True)
class DrawnFrame:
    """One frame as a clip record holds it.

    Attributes:
        frame: uint8 [h, w, 3], RGB; None where the source had no image.
        planes: uint8 [h, w, P].
        instances: uint16 [h, w], or None where the task has none.
    """

    frame: np.ndarray | None
    planes: np.ndarray
    instances: np.ndarray | None = None


class Conditioning(abc.ABC):
    """Conditioning of one task.

    Attributes:
        task: its name.
        num_planes: P, uint8 planes in records and on the wire.
        num_channels: C, float channels that a network reads per frame.
        uses_instances: whether `instances` are needed, by `encode` or for styles.
        num_style_classes: L, kinds of regions that have styles of their own; 0 where
            there are none.
    """

    task: str
    num_planes: int
    num_channels: int
    uses_instances: bool = False
    num_style_classes: int = 0

    @property
    def plane_limits(self) -> tuple[int, ...]:
        """The highest value of each plane, 255 where any is right."""
        return (255,) * self.num_planes

    @abc.abstractmethod
    def plan(self, first: RawFrame) -> Geometry:
        """Returns the geometry of a sequence from its first frame.

        Raises:
            InputError: the frame lacks what the task needs.
        """

    @abc.abstractmethod
    def draw(self, raw: RawFrame, geometry: Geometry) -> DrawnFrame:
        """Draws one frame's planes and resizes all to `geometry.size`.

        Raises:
            InputError: the frame lacks what the task needs, has another size
                than `geometry.source_size`, or holds impossible values.
        """

    @abc.abstractmethod
    def encode(self, planes: tf.Tensor, instances: tf.Tensor | None) -> tf.Tensor:
        """Encodes planes to network channels, in the graph.

        Args:
            planes: uint8 [..., H, W, P].
            instances: integers [..., H, W], or None where not used.

        Returns:
            float32 [..., H, W, C].
        """

    def style_regions(
        self, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns what region each pixel is of, in the graph.

        Args:
            planes: uint8 [..., H, W, P].
            instances: integers [..., H, W], or None where not used.

        Returns:
            int32 [..., H, W], the class, 0 .. L - 1, and the instance of that class.
        """
        raise InputError(f"task {self.task} has no regions that could have styles")

    def check_planes(self, planes: np.ndarray, instances: np.ndarray | None) -> None:
        """Refuses what `encode` would turn into wrong channels, before any graph.

        Args:
            planes: integers [..., H, W, P].
            instances: integers [..., H, W], or None.

        Raises:
            InputError: instances are missing, or of another shape than the planes.
        """
        if not self.uses_instances:
            return
        wanted = list(np.shape(planes)[:-1])
        if instances is None:
            raise InputError(
                f"this {self.task} model needs `instances` for every frame of "
                "`conditions`, got none: give them, or train without "
                "(conditioning.street.use_instances=false, style.num_features=0)"
            )
        if list(np.shape(instances)) != wanted:
            raise InputError(
                f"instances: expected {wanted} as the conditions, got "
                f"{list(np.shape(instances))}"
            )
