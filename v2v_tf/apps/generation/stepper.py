"""What every model is asked for, one frame at a time.

States are kept by whoever steps, so that they can be stored and gone on from.
"""

from __future__ import annotations

import abc
from collections.abc import Sequence

import numpy as np

from v2v_tf.config import Config
from v2v_tf.data.clips import Clip
from v2v_tf.inference.frames import Synthesized
from v2v_tf.inference.style_choice import StyleChoice
from v2v_tf.tasks.base import DrawnFrame

# Arrays by name: what a model keeps between two frames.
Memory = dict[str, np.ndarray]


class Stepper(abc.ABC):
    """Makes the frames of one video after the other.

    Attributes:
        config: configuration that the model was trained with.
        history: past frames that a frame is made from.
        begins_with_zeros: whether past frames of zeros are all that it begins with.
        may_begin_with_zeros: whether it may begin with them.
        makes_first_frames: whether it brings a network for first frames.
        trained_sizes: (height, width) of the records that it was trained on; empty
            where unknown.
        training_labels: label ids of its training clips; None where nobody knows.
    """

    config: Config
    history: int
    begins_with_zeros: bool
    may_begin_with_zeros: bool
    makes_first_frames: bool
    trained_sizes: tuple[tuple[int, int], ...] = ()
    training_labels: tuple[int, ...] | None = None

    @abc.abstractmethod
    def first_frames(self, past: Sequence[DrawnFrame]) -> np.ndarray:
        """Returns frames made of conditions alone, uint8 [N, H, W, 3]."""

    @abc.abstractmethod
    def begin(
        self,
        past: Sequence[DrawnFrame],
        frames: np.ndarray | None,
        style: StyleChoice | None = None,
    ) -> Memory:
        """Returns what is kept before the first frame that is made.

        Args:
            past: the conditions of the last `history` frames.
            frames: uint8 [history, H, W, 3], those frames; None for a model that begins
                with zeros, or makes them itself.
            style: appearance of the video, of a model with styles.

        Raises:
            InputError: something that the model needs is missing.
        """

    @abc.abstractmethod
    def step(self, drawn: DrawnFrame, memory: Memory) -> tuple[np.ndarray, Memory]:
        """Makes the next frame, uint8 [H, W, 3], and returns what is kept after it."""


class LoadedModel(Stepper):
    """Makes frames in this process, so that it can roll out whole clips too."""

    @abc.abstractmethod
    def rollout(self, clip: Clip, style: StyleChoice | None = None) -> Synthesized:
        """Makes the frames of a clip after its first `history`.

        Args:
            clip: its first `history` frames begin the video, where it has frames and
                the model takes them.
            style: appearance of the video, of a model with styles; None for that of
                its first frames.

        Raises:
            InputError: the clip is too short, or lacks what the model needs.
        """


def shown_frames(
    past: Sequence[DrawnFrame], frames: np.ndarray | None
) -> np.ndarray | None:
    """Returns the frames that show how instances look; None where there are none.

    A video that begins without real frames may still have a source that has them.

    Args:
        past: conditions that a video begins with, with their real frames where the
            source has them.
        frames: uint8 [N, H, W, 3], frames that it begins with; None for none.
    """
    known = [one.frame for one in past if one.frame is not None]
    if frames is not None or len(known) < len(past):
        return frames
    return np.stack(known)


def stacked_instances(frames: Sequence[DrawnFrame]) -> np.ndarray | None:
    """Returns the instances of frames, [N, H, W]; None where they have none."""
    found = [one.instances for one in frames if one.instances is not None]
    return np.stack(found) if found else None
