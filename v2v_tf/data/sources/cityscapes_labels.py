"""Label maps of Cityscapes as sequences, with the frames that are there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.cityscapes_sequence import (
    IMAGE_ENDING,
    LABEL_ENDING,
    FrameFiles,
    SnippetSequence,
)
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.task import FileKind

INSTANCE_ENDING = "_gtFine_instanceIds"
# Frames that a snippet may lack and go on; published snippets lie further apart.
MAX_HOLE = 5
_PNG = frozenset({".png"})
_STEM = re.compile(r"(?P<name>.+_\d+)_(?P<number>\d+)$")


def list_labelled(
    images: Path, label_roots: list[Path], uses_instances: bool, kind: FileKind
) -> Iterator[Sequence | BadClip]:
    """Lists the snippets of label maps; their frames need not be there.

    Args:
        images: folder of the cities' frames, there or not.
        label_roots: folders of the cities' label maps.
        uses_instances: whether frames need instance maps.
        kind: kind of files of the label maps.
    """
    names = {
        city.name
        for folder in (images, *label_roots)
        if folder.is_dir()
        for city in source_files.list_folders(folder)
    }
    for city in sorted(names, key=source_files.natural_key):
        labels = index_files(label_roots, city, LABEL_ENDING)
        instances = index_files(label_roots, city, INSTANCE_ENDING)
        frames = index_files([images], city, IMAGE_ENDING)
        grouped: dict[str, dict[int, FrameFiles]] = {}
        for stem, label in labels.items():
            match = _STEM.match(stem)
            if match and (stem in instances or not uses_instances):
                grouped.setdefault(match["name"], {})[int(match["number"])] = (
                    FrameFiles(
                        str(frames[stem]) if stem in frames else None,
                        str(label),
                        str(instances[stem]) if uses_instances else None,
                    )
                )
        if not grouped:
            yield BadClip(
                str(label_roots[0] / city),
                city,
                f"no label map (and instance map, where used) of {city}: expected "
                f"files such as {city}_000000_000000{LABEL_ENDING}.png",
            )
        for name, numbered in grouped.items():
            for run in consecutive(sorted(numbered), MAX_HOLE):
                yield _sequence(f"{name}_{run[0]:06d}", run, numbered, kind)


def _sequence(
    name: str, run: list[int], numbered: dict[int, FrameFiles], kind: FileKind
) -> Sequence:
    gaps = [i for i in range(1, len(run)) if run[i] != run[i - 1] + 1]
    frames = tuple(numbered[number] for number in run)
    problems = tuple(
        BadClip.gap(
            frames[index].label,
            f"{name}@{index:06d}",
            f"between {Path(frames[index - 1].label).name} and this one",
        )
        for index in gaps
    )
    first = frames[0].image or frames[0].label
    return SnippetSequence(
        name, first, frames, kind.read, gaps=tuple(gaps), problems=problems
    )


def consecutive(numbers: list[int], most: int = 0) -> list[list[int]]:
    """Cuts sorted numbers where more than so many are missing."""
    runs: list[list[int]] = []
    for number in numbers:
        if not runs or number > runs[-1][-1] + 1 + most:
            runs.append([])
        runs[-1].append(number)
    return runs


def index_files(roots: Iterable[Path], city: str, ending: str) -> dict[str, Path]:
    """Maps `city_sequence_frame` to its file.

    Args:
        roots: folders of cities; of two files the one of the later folder wins, as
            `gtFine_sequence` does over `gtFine`.
        city: name of the city.
        ending: ending of the names of these files, before `.png`.
    """
    return {
        path.stem.removesuffix(ending): path
        for root in roots
        if (root / city).is_dir()
        for path in source_files.list_files(root / city, _PNG)
        if path.stem.endswith(ending)
    }
