"""Defines a clip in memory: the arrays of consecutive frames."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from v2v_tf.errors import InputError

# Arrays of an entry a frame, and of an entry a pair of neighbouring frames.
_PER_FRAME = ("conditions", "frames", "instances", "faces")
_PER_PAIR = ("flow", "flow_confidence")


@dataclass(frozen=True, eq=False)
class Clip:
    """Holds consecutive frames with their conditions, and all that is known of them.

    `read_clips` makes clips of records, `stack_frames` of drawn frames, `Clip.of` of
    any mapping of arrays. T is the number of frames, H and W are pixels.

    Attributes:
        conditions: uint8, or uint16 of tasks whose planes are, [T, H, W, P]: the planes
            that a network is conditioned on.
        frames: uint8 [T, H, W, 3], RGB; fewer than T where only the first ones are
            known, which a model begins with; None without real frames.
        instances: integers [T, H, W], an id for each pixel; None where the task has
            none.
        flow: float32 [T - 1, H, W, 2], pixels, (dx, dy), backward: `flow[t]` leads from
            frame t + 1 to where its content was in frame t. None where unknown.
        flow_confidence: float32 [T - 1, H, W, 1] in [0, 1], 1 where `flow` can be
            trusted; None where unknown.
        faces: int32 [T, 4], boxes around faces in pixels, see `face_boxes`; None unless
            the configuration has a face discriminator.
        clip_id: the name, `sequence@start` of records; empty without one.
        fps: frames per second of the source; None when unknown, as of folders of
            pictures and of records that version 0.1 wrote.

    Example:
        ```python
        >>> import numpy as np
        >>> clip = Clip(np.zeros([5, 8, 16, 1], np.uint8), clip_id="street@000030")
        >>> len(clip), len(clip.after(2)), len(clip.take(2))
        (5, 3, 2)
        ```
    """

    conditions: np.ndarray
    frames: np.ndarray | None = None
    instances: np.ndarray | None = None
    flow: np.ndarray | None = None
    flow_confidence: np.ndarray | None = None
    faces: np.ndarray | None = None
    clip_id: str = ""
    fps: float | None = None

    @classmethod
    def of(cls, arrays: Clip | Mapping[str, Any]) -> Clip:
        """Returns a mapping of arrays as a clip, and a clip as it is.

        Args:
            arrays: the attributes by name, `conditions` at least; other keys are left
                out.

        Raises:
            InputError: there are no conditions.
        """
        if isinstance(arrays, Clip):
            return arrays
        if arrays.get("conditions") is None:
            raise InputError(
                "a clip needs 'conditions', planes [T, H, W, P], got only "
                f"{', '.join(sorted(map(str, arrays))) or 'an empty mapping'}"
            )
        names = {field.name for field in dataclasses.fields(cls)}
        return cls(**{name: arrays[name] for name in names & arrays.keys()})

    def __len__(self) -> int:
        """Returns the number of frames, T."""
        return len(self.conditions)

    def part(self, history: int) -> tuple[Clip, Clip]:
        """Returns the frames that a video begins with, and those that follow.

        Args:
            history: number of frames that the next one is made from.

        Raises:
            InputError: nothing follows.
        """
        if len(self) <= history:
            raise InputError(
                f"a clip needs more than {history} frames to generate one, got "
                f"{len(self)}"
            )
        return self.take(history), self.after(history)

    def require(self, name: str) -> np.ndarray:
        """Returns an array that not every clip has.

        Args:
            name: name of the attribute, such as `frames`.

        Raises:
            InputError: this clip does not have it.
        """
        array = getattr(self, name)
        if array is None:
            called = f"clip '{self.clip_id}'" if self.clip_id else "the clip"
            raise InputError(f"{called} needs `{name}`, got none")
        return array

    def after(self, num_frames: int) -> Clip:
        """Returns what lies behind the first frames.

        The flow that leads from the first frame of the rest back to one that was left
        out goes with it.

        Args:
            num_frames: frames to leave out, 0 or more; all of them leave an empty clip.

        Raises:
            InputError: a negative number.
        """
        first = _checked(num_frames)
        return self._cut(slice(first, None), slice(first, None))

    def take(self, num_frames: int) -> Clip:
        """Returns the first frames, and the flow between them.

        Args:
            num_frames: frames to keep, 0 or more; a shorter clip is returned whole.

        Raises:
            InputError: a negative number.
        """
        end = _checked(num_frames)
        return self._cut(slice(end), slice(max(end - 1, 0)))

    def arrays(self) -> dict[str, np.ndarray]:
        """Returns the arrays that this clip has, by name."""
        found = {name: getattr(self, name) for name in (*_PER_FRAME, *_PER_PAIR)}
        return {name: array for name, array in found.items() if array is not None}

    def _cut(self, frames: slice, pairs: slice) -> Clip:
        arrays: dict[str, Any] = {
            name: array[pairs if name in _PER_PAIR else frames]
            for name, array in self.arrays().items()
        }
        return dataclasses.replace(self, **arrays)


def _checked(num_frames: int) -> int:
    if num_frames < 0:
        raise InputError(f"expected 0 frames of a clip or more, got {num_frames}")
    return num_frames
