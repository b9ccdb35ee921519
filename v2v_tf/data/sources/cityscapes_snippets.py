"""Snippets of Cityscapes, and what is said of frames and labels that they lack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from v2v_tf.data.sources.cityscapes_labels import MAX_HOLE, consecutive
from v2v_tf.data.sources.cityscapes_sequence import (
    IMAGE_ENDING,
    LABEL_ENDING,
    FrameFiles,
)
from v2v_tf.tasks import files as source_files

_PNG = frozenset({".png"})
FRAME = re.compile(r"(?P<name>.+_\d+)_(?P<number>\d+)_leftImg8bit$")


@dataclass(frozen=True)
class Snippet:
    """Holds consecutive frames: number to (file name without ending, file)."""

    name: str
    frames: dict[int, tuple[str, Path]]


def snippets_of(city: Path) -> Iterator[Snippet]:
    """Lists the snippets of the folder of a city."""
    grouped: dict[str, dict[int, tuple[str, Path]]] = {}
    for path in source_files.list_files(city, _PNG):
        match = FRAME.match(path.stem)
        if match:
            stem = f"{match['name']}_{match['number']}"
            grouped.setdefault(match["name"], {})[int(match["number"])] = (stem, path)
    for name, frames in grouped.items():
        for run in consecutive(sorted(frames)):
            yield Snippet(name, {number: frames[number] for number in run})


def unlabelled(
    snippet: Snippet, labelled: dict[int, FrameFiles]
) -> Iterator[tuple[Path, str]]:
    """Says which frames of a snippet lack label maps that others of it have."""
    without = [frame for n, frame in snippet.frames.items() if n not in labelled]
    if without:
        stems = [f"{stem}{LABEL_ENDING}.png" for stem, _ in without]
        reason = (
            f"{len(without)} of {len(snippet.frames)} frames have no label map (and "
            f"instance map, where used), and clips end there: no {_named(stems)}"
        )
        yield without[0][1], reason


def holes(
    city: Path, snippets: list[Snippet], labels: dict[str, Path]
) -> dict[int, list[tuple[Path, str]]]:
    """Says which frames are missing between snippets, or lack a picture.

    Args:
        city: folder of the frames.
        snippets: snippets of that city.
        labels: label maps of it.

    Returns:
        For the first number of each snippet, what is said of it.
    """
    said: dict[int, list[tuple[Path, str]]] = {}
    for snippet in snippets:
        first, last = min(snippet.frames), max(snippet.frames)
        others = [o.frames for o in snippets if o.name == snippet.name]
        later = [n for n in map(min, others) if last < n <= last + 1 + MAX_HOLE]
        end = later[0] if later else last + 1 + MAX_HOLE
        after = [f"{snippet.name}_{number:06d}" for number in range(last + 1, end)]
        missing = [stem for stem in after if later or stem in labels]
        if not any(max(o) < first for o in others):
            before = range(max(first - MAX_HOLE, 0), first)
            stems = [f"{snippet.name}_{number:06d}" for number in before]
            missing = [*(stem for stem in stems if stem in labels), *missing]
        said[first] = _missing(city, missing, snippet.frames[last][1])
    return said


def _missing(city: Path, missing: list[str], near: Path) -> list[tuple[Path, str]]:
    """Says which pictures are missing near a file, and what is there in their place."""
    if not missing:
        return []
    names = tuple(f"{stem}." for stem in (f"{m}{IMAGE_ENDING}" for m in missing))
    there = [p.name for p in source_files.list_all(city) if p.name.startswith(names)]
    found = f" (there is {there[0]}: convert it to PNG)" if there else ""
    reason = (
        "pictures of the snippet are missing, and clips end there: no "
        f"{_named([f'{stem}{IMAGE_ENDING}.png' for stem in missing])}{found}"
    )
    return [(near, reason)]


def _named(stems: list[str]) -> str:
    more = len(stems) - 1
    return f"{stems[0]} (and {more} more)" if more else stems[0]
