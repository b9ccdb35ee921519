"""Defines what finds the conditions of a task in frames: frames in, detections out."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from v2v_tf.detection.model_files import ModelFile

if TYPE_CHECKING:
    from v2v_tf.config import Config

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Detection:
    """Holds one person, or one picture as a whole, that was found in a frame.

    Attributes:
        box: (left, top, right, bottom) in pixels of the frame.
        score: confidence of the detector, 0 .. 1.
        value: what was found, as the format of the task takes it: float32 [N, C] of
            points, or a picture, uint8 or uint16 [H, W].
    """

    box: Box
    score: float
    value: np.ndarray

    @classmethod
    def whole(cls, picture: np.ndarray) -> Detection:
        """Returns a picture [H, W] that says something of each pixel of a frame."""
        height, width = picture.shape
        return cls((0.0, 0.0, float(width), float(height)), 1.0, picture)


@dataclass(frozen=True)
class DetectorOptions:
    """Says which networks a detector loads, and what for.

    Attributes:
        network: file, folder or name of its networks, as `--network` gives it; None for
            those of the package that brings them.
        labels: table of the names of labels, as `--labels` gives it; None for none.
        config: configuration of the task; None for its defaults.
    """

    network: str | None = None
    labels: str | None = None
    config: Config | None = None


class Detector(abc.ABC):
    """Finds everybody in a frame, or what a picture shows, one frame after the other.

    A package joins with a class of its own by an entry point of group
    `v2v_tf.detectors`.

    Attributes:
        name: name of the detector, for `--detector`.
        task: name of the task whose conditions it finds.
        threshold: least confidence of what is found, 0 .. 1.
        needs_network: whether its networks are always the user's own.

    Example:
        ```python
        >>> from v2v_tf.config.plugins import DETECTORS
        >>> DETECTORS.get("mediapipe-face").task
        'face'

        ```
    """

    name: ClassVar[str]
    task: ClassVar[str]
    threshold: ClassVar[float] = 0.5
    needs_network: ClassVar[bool] = False

    @abc.abstractmethod
    def __init__(self, options: DetectorOptions | None = None) -> None:
        """Loads its networks.

        Args:
            options: which networks; None for the defaults.

        Raises:
            InputError: a network is missing, or is another than this class reads.
        """

    @abc.abstractmethod
    def detect(
        self, frame: np.ndarray, before: Sequence[Detection] = ()
    ) -> list[Detection]:
        """Finds everybody in a frame.

        Args:
            frame: uint8 [H, W, 3], RGB.
            before: what was found in the frame before, which may help; the result must
                not depend on more of the past than that.

        Returns:
            A detection for each, the most confident first.
        """

    def facts(self) -> dict[str, Any]:
        """Returns what decides its findings besides its files, as JSON can hold it.

        It stands in `annotations.json`, and `--resume` goes on only where it is equal.
        """
        return {}

    @abc.abstractmethod
    def files(self) -> tuple[ModelFile, ...]:
        """Returns the files of its networks, with their hashes and licences."""
