"""Defines what runs a network of pictures, whatever file it comes from."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from v2v_tf.errors import InputError

Shape = Sequence[int | None]


class PictureNetwork(abc.ABC):
    """Runs a network that reads one picture and answers with one map.

    Attributes:
        size: (height, width) that it reads; None for a side that may be any.
        channels_first: whether pictures and maps have their channels before rows.
        reads_levels: whether it reads the levels 0 .. 255 as they are, uint8.
        usual_channels_first: how pictures lie where the shape does not tell.
    """

    size: tuple[int | None, int | None] = (None, None)
    channels_first: bool = False
    reads_levels: bool = False
    usual_channels_first: ClassVar[bool] = False

    @abc.abstractmethod
    def run(self, pictures: np.ndarray) -> np.ndarray:
        """Returns the map of a batch of one, as the network lays it out.

        Args:
            pictures: uint8 or float32, [1, H, W, 3], or [1, 3, H, W] where channels
                come first.
        """

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        """Returns the map of a picture, without its batch axis.

        Args:
            picture: uint8 or float32 [H, W, 3], as the network reads it.
        """
        if self.channels_first:
            picture = picture.transpose(2, 0, 1)
        answer = self.run(np.ascontiguousarray(picture[np.newaxis]))
        if answer.ndim > 2 and answer.shape[0] == 1:
            return answer[0]
        return answer

    def lay_out(self, where: object, shape: Shape | None, kind: str) -> None:
        """Learns from its input how pictures lie.

        Args:
            where: the network, for messages.
            shape: shape of the input, with None for sides that may be any.
            kind: type of the input, `uint8` or a float.

        Raises:
            InputError: it reads no picture.
        """
        sides = None if shape is None else list(shape)
        pictures = sides is not None and len(sides) == 4 and sides[0] in (1, None)
        if not pictures or sides is None or 3 not in (sides[1], sides[3]):
            raise InputError(
                f"{where}: expected a network of one picture, [1, H, W, 3] or "
                f"[1, 3, H, W], got an input {_shown(sides)}"
            )
        if kind not in ("uint8", "float32", "float16"):
            raise InputError(
                f"{where}: expected an input uint8 or float32, got {kind}: export it "
                "with one of them"
            )
        both = sides[1] == sides[3] == 3
        last = not self.usual_channels_first if both else sides[3] == 3
        self.channels_first = not last
        height, width = sides[1:3] if last else sides[2:4]
        self.size = (height, width)
        self.reads_levels = kind == "uint8"


def choose_output(where: object, names: Sequence[str], wanted: str | None) -> str:
    """Returns the name of the output to take.

    Args:
        where: the network, for messages.
        names: names of its outputs.
        wanted: what the description names; None for the only one.

    Raises:
        InputError: there are several, or none of that name.
    """
    if wanted is None and len(names) == 1:
        return names[0]
    if wanted in names:
        return str(wanted)
    got = "several" if wanted is None else f"no '{wanted}'"
    raise InputError(
        f"{where}: it has {got} among its outputs {', '.join(sorted(names))}: name one "
        'as "output" in network.json'
    )


def _shown(shape: Sequence[int | None] | None) -> str:
    if shape is None:
        return "of any shape"
    return f"[{', '.join('any' if side is None else str(side) for side in shape)}]"
