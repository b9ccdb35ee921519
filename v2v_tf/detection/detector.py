"""Defines what finds the conditions of a task in frames: frames in, detections out."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from v2v_tf.detection.model_files import ModelFile

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Detection:
    """Holds one person, or one picture as a whole, that was found in a frame.

    Attributes:
        box: (left, top, right, bottom) in pixels of the frame.
        score: confidence of the detector, 0 .. 1.
        value: what was found, as the detector's task stores it: float32 [N, C] of
            points, or uint8 [H, W] of a mask.
    """

    box: Box
    score: float
    value: np.ndarray

    @property
    def area(self) -> float:
        """Returns the area of the box, pixels."""
        left, top, right, bottom = self.box
        return max(right - left, 0.0) * max(bottom - top, 0.0)


class Detector(abc.ABC):
    """Finds everybody in a frame, one frame after the other.

    A package joins with a class of its own by an entry point of group
    `v2v_tf.detectors`.

    Attributes:
        name: name of the detector, for `--detector`.
        task: name of the task whose conditions it finds.
        threshold: least confidence of what is found, 0 .. 1.

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

    @abc.abstractmethod
    def __init__(self, network: str | None = None) -> None:
        """Loads its networks.

        Args:
            network: file or folder of the networks, as `--network` gives it; None for
                those of the package that brings them.

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

    @abc.abstractmethod
    def files(self) -> tuple[ModelFile, ...]:
        """Returns the files of its networks, with their hashes and licences."""
