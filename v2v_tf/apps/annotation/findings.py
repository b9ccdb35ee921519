"""Stores what frames show, a file for some frames, and reads it back.

Points lie in that file; pictures, which are large, lie as PNG in a folder beside it and
are read when they are needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from v2v_tf.detection.detector import Box, Detection
from v2v_tf.storage.maps import read_map, write_map


@dataclass(frozen=True)
class Found:
    """Holds one person, or one picture as a whole, that a frame shows.

    Attributes:
        box: (left, top, right, bottom) in pixels of the frame.
        score: confidence of the detector, 0 .. 1.
        kept: its points, or the file of its picture.
    """

    box: Box
    score: float
    kept: np.ndarray | Path

    @property
    def area(self) -> float:
        """Returns the area of the box, pixels."""
        left, top, right, bottom = self.box
        return max(right - left, 0.0) * max(bottom - top, 0.0)

    @property
    def value(self) -> np.ndarray:
        """Returns the points or the picture, see `Detection`."""
        if isinstance(self.kept, np.ndarray):
            return self.kept
        return read_map(self.kept)


@dataclass(frozen=True)
class FrameFindings:
    """Holds what one frame shows.

    Attributes:
        name: name of the frame; empty where the source has none.
        begins_shot: whether it begins a shot.
        people: everybody who was found, the most confident first.
    """

    name: str
    begins_shot: bool
    people: tuple[Found, ...]


class FindingsWriter:
    """Writes what some frames show; the file appears when all are there.

    Args:
        path: file to write, `.npz`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names: list[str] = []
        self._begins: list[bool] = []
        self._counts: list[int] = []
        self._people: list[Detection] = []

    def add(self, name: str, begins_shot: bool, people: list[Detection]) -> None:
        """Adds one frame.

        Args:
            name: name of the frame; empty where it has none.
            begins_shot: whether a shot begins with it.
            people: everybody who was found.
        """
        self._names.append(name)
        self._begins.append(begins_shot)
        self._counts.append(len(people))
        for one in people:
            if _is_picture(one.value):
                file = _picture(self._path, len(self._people))
                write_map(file, one.value)
                one = Detection(one.box, one.score, np.zeros(0, one.value.dtype))
            self._people.append(one)

    def finish(self) -> None:
        """Writes the file."""
        arrays: dict[str, Any] = {
            "names": np.array(self._names),
            "begins_shot": np.array(self._begins),
            "counts": np.array(self._counts),
            "boxes": np.array([one.box for one in self._people]).reshape(-1, 4),
            "scores": np.array([one.score for one in self._people]),
        }
        if self._people:
            arrays["values"] = np.stack([one.value for one in self._people])
        partial = self._path.with_suffix(".partial")
        with partial.open("wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(partial, self._path)


def read_findings(path: Path) -> Iterator[FrameFindings]:
    """Reads what frames show, in order.

    Args:
        path: file that a `FindingsWriter` wrote.
    """
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    first = 0
    for name, begins, count in zip(
        arrays["names"], arrays["begins_shot"], arrays["counts"], strict=True
    ):
        people = []
        for index in range(first, first + int(count)):
            kept = arrays["values"][index]
            box = tuple(map(float, arrays["boxes"][index]))
            people.append(
                Found(
                    box,  # type: ignore[arg-type]
                    float(arrays["scores"][index]),
                    kept if kept.size else _picture(path, index),
                )
            )
        yield FrameFindings(str(name), bool(begins), tuple(people))
        first += int(count)


def _picture(path: Path, index: int) -> Path:
    return path.with_suffix("") / f"{index:06d}.png"


def _is_picture(value: np.ndarray) -> bool:
    return value.dtype in (np.uint8, np.uint16)
