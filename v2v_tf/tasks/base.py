"""Defines what the conditioning of every task offers: plan, draw, encode.

Two halves with one seam, the planes of the clip record:

- drawing (`plan`, `draw`) is plain NumPy/OpenCV on single frames, used by Beam, the
  command line and the serving client;
- encoding (`encode`) is TensorFlow inside the graph, used by training and by the
  exported SavedModel.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.errors import InputError

if TYPE_CHECKING:
    import tensorflow as tf


class RawFrame:
    """Holds what a source gives for one frame, at the source's own size.

    Args:
        image: uint8 [H, W, 3], RGB; None where there is none.
        size: (height, width) of the picture that points refer to, where there is no
            image; that of the image else.
        **values: what the task's folders hold, by `FileKind.field`: `label_map` and
            `instance_map` integers [H, W] (street), `landmarks` [68, 2] in pixels
            (face), `densepose` uint8 [H, W, 3] and `openpose`, the parsed JSON (pose),
            `depth` integers [H, W] (depth), `edge_map` uint8 [H, W] (edges, where they
            are given), `mask` uint8 [H, W] (silhouette).
    """

    def __init__(
        self,
        image: np.ndarray | None = None,
        size: tuple[int, int] | None = None,
        **values: Any,
    ) -> None:
        self.image = image
        self.size = size if image is None else (image.shape[0], image.shape[1])
        self._values = values

    def get(self, field: str) -> Any:
        """Returns a value by its name, `image` among them; None where it is not."""
        return self.image if field == "image" else self._values.get(field)

    def with_values(self, **values: Any) -> RawFrame:
        """Returns the frame with other values in place of those named."""
        return RawFrame(self.image, self.size, **{**self._values, **values})

    def with_size(self, size: tuple[int, int]) -> RawFrame:
        """Returns the frame with a size for its points, where it has no image."""
        return RawFrame(self.image, size, **self._values)


@dataclass(frozen=True)
class Geometry:
    """Maps source pixels to record pixels, for all frames of a sequence.

    Attributes:
        source_size: (height, width) of the source.
        crop: (y0, y1, x0, x1) in source pixels, applied first.
        size: (height, width) of the result.
    """

    source_size: tuple[int, int]
    crop: tuple[int, int, int, int]
    size: tuple[int, int]

    @property
    def stretch(self) -> float:
        """How much wider things are drawn than the source shows them."""
        y0, y1, x0, x1 = self.crop
        return (self.size[1] / self.size[0]) / ((x1 - x0) / (y1 - y0))


@dataclass(frozen=True)
class DrawnFrame:
    """Holds one frame as a clip record stores it.

    Attributes:
        frame: uint8 [h, w, 3], RGB; None where the source had no image.
        planes: [h, w, P], of `Conditioning.plane_dtype`.
        instances: uint16 [h, w], or None where the task has none.
        keypoints: source of the planes as text, where the planes are drawn again in
            training; None else.
    """

    frame: np.ndarray | None
    planes: np.ndarray
    instances: np.ndarray | None = None
    keypoints: bytes | None = None


class Conditioning(abc.ABC):
    """Draws and encodes the conditions of one task.

    Attributes:
        task: name of the task.
        num_planes: P, planes in records and on the wire.
        plane_dtype: type of the planes, `uint8` or `uint16`.
        plane_resizing: resizing of planes: `nearest` for ids, which must not be mixed,
            or `smooth`; one word for each plane, or one for all.
        num_channels: C, float channels that a network reads per frame.
        uses_instances: whether `instances` are needed, by `encode` or for styles.
        num_style_classes: L, kinds of regions that have styles of their own; 0 where
            there are none.
        scale: numbers that `encode` scales values by, where they follow from the
            training clips; two models whose scales differ do not go together.

    Example:
        ```python
        >>> import numpy as np
        >>> import tensorflow as tf
        >>> from v2v_tf import load_config
        >>> from v2v_tf.tasks import registry
        >>> street = registry.create(load_config("toy_street"))
        >>> planes = np.zeros([2, 32, 64, street.num_planes], street.plane_dtype)
        >>> street.encode(tf.constant(planes), tf.zeros([2, 32, 64], tf.int32)).shape
        TensorShape([2, 32, 64, 9])
        ```
    """

    task: str
    num_planes: int
    plane_dtype: type[np.unsignedinteger] = np.uint8
    plane_resizing: str | tuple[str, ...] = "nearest"
    num_channels: int
    uses_instances: bool = False
    num_style_classes: int = 0
    scale: tuple[float, ...] = ()

    @property
    def plane_limits(self) -> tuple[int, ...]:
        """Returns the highest value of each plane; that of its type where any fits."""
        return (int(np.iinfo(self.plane_dtype).max),) * self.num_planes

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
            planes: [..., H, W, P], of `plane_dtype`.
            instances: integers [..., H, W], or None where not used.

        Returns:
            float32 [..., H, W, C].
        """

    def resizing(self) -> tuple[str, ...]:
        """Returns how each plane is resized, `nearest` or `smooth`."""
        if isinstance(self.plane_resizing, str):
            return (self.plane_resizing,) * self.num_planes
        return self.plane_resizing

    def redraw(
        self,
        planes: tf.Tensor,
        features: Mapping[str, tf.Tensor],
        keypoints: tf.Tensor,
        seed: tf.Tensor,
    ) -> tf.Tensor:
        """Draws the planes of a training clip again, in the graph.

        Args:
            planes: [T, H, W, P], as stored.
            features: features of the record.
            keypoints: string [T], what planes were drawn from, or [0].
            seed: int32 [2]; the same seed draws the same.

        Returns:
            [T, H, W, P]; the planes as stored where nothing is drawn again.
        """
        return planes

    def face_boxes(self, planes: tf.Tensor) -> tf.Tensor:
        """Finds the smallest box around the face in each frame, in the graph.

        Args:
            planes: [..., H, W, P], without anything drawn again; H and W static.

        Returns:
            int32 [..., 4], pixels: first and last row, first and last column, all
            inclusive; (H, -1, W, -1) where there is no face.

        Raises:
            InputError: no faces can be found in the planes of the task.
        """
        raise InputError(f"task {self.task} has no planes that faces are found in")

    def style_regions(
        self, planes: tf.Tensor, instances: tf.Tensor | None
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Returns what region each pixel is of, in the graph.

        Args:
            planes: [..., H, W, P], of `plane_dtype`.
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
