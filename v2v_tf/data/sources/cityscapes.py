"""Reads Cityscapes: `leftImg8bit_sequence/<split>/<city>` and its label maps.

A snippet is a run of consecutive frame numbers of one city and sequence number (30
frames in the published set). Its clips are the runs of consecutive frames that have
label maps: all frames where a segmentation network wrote them, one frame only (the
20th) in the published annotation.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from v2v_tf.config import TASKS, Config
from v2v_tf.data.sources.base import BadClip, Sequence
from v2v_tf.data.sources.cityscapes_labels import (
    INSTANCE_ENDING,
    consecutive,
    index_files,
    list_labelled,
)
from v2v_tf.data.sources.cityscapes_sequence import (
    IMAGE_ENDING,
    LABEL_ENDING,
    FrameFiles,
    SnippetSequence,
)
from v2v_tf.data.sources.cityscapes_snippets import (
    FRAME,
    Snippet,
    holes,
    snippets_of,
    unlabelled,
)
from v2v_tf.errors import InputError
from v2v_tf.tasks import files as source_files
from v2v_tf.tasks.registry import task_of

NAME = "cityscapes"
IMAGES = "leftImg8bit_sequence"
SINGLE_IMAGES = "leftImg8bit"
LABELS = "gtFine*"
SPLITS = ("train", "val")


def is_cityscapes(root: Path) -> bool:
    """Returns whether `root` holds frames of Cityscapes, in sequence or single ones."""
    return (root / IMAGES).is_dir() or (root / SINGLE_IMAGES).is_dir()


def has_labels(root: Path) -> bool:
    """Returns whether `root` holds label maps of Cityscapes, with frames or without."""
    return any(
        (folder / split).is_dir() for folder in root.glob(LABELS) for split in SPLITS
    )


def list_snippets(
    root: Path, config: Config, need_frames: bool = True
) -> Iterator[Sequence | BadClip]:
    """Lists the labelled runs of the training split (`val` where there is none).

    Args:
        root: root of the layout.
        config: its task says which kinds of files are read.
        need_frames: whether every label map needs its frame, as in training; else a
            sequence goes on where one is missing.

    Raises:
        InputError: a task that does not read it, single frames alone, no city, no label
            maps, or no instance maps while the configuration uses them.
    """
    if NAME not in task_of(config).layouts:
        able = [name for name in TASKS.names() if NAME in TASKS.get(name).layouts]
        raise InputError(
            f"{root} is Cityscapes, which task {config.task} cannot use: "
            f"--task {' or '.join(able)}"
        )
    labels_alone = not is_cityscapes(root)
    if labels_alone and need_frames:
        raise InputError(
            f"{root} holds label maps of Cityscapes alone, and training needs their "
            f"frames: add {IMAGES}/<split>/<city>/<frame>{IMAGE_ENDING}.png"
        )
    splits_of = [*root.glob(LABELS)] if labels_alone else [root / IMAGES]
    split = next((s for s in SPLITS for one in splits_of if (one / s).is_dir()), None)
    if split is None:
        raise InputError(_no_split(root))
    label_roots = [folder / split for folder in sorted(root.glob(LABELS))]
    label_roots = [folder for folder in label_roots if folder.is_dir()]
    images = root / IMAGES / split
    cities = source_files.list_folders(images) if images.is_dir() else []
    if not label_roots or not (cities or labels_alone):
        raise InputError(
            f"{root}: expected {IMAGES}/{split}/<city>/ and label maps in "
            f"gtFine_sequence/{split}/<city>/ or gtFine/{split}/<city>/"
        )
    kinds = {kind.field: kind for kind in task_of(config).files(config)}
    uses_instances = "instance_map" in kinds
    if uses_instances and not any(
        next(folder.glob(f"*/*{INSTANCE_ENDING}.png"), None) for folder in label_roots
    ):
        raise InputError(
            f"{root} has no *{INSTANCE_ENDING}.png: add them, or "
            "--set conditioning.street.use_instances=false"
        )
    if not need_frames:
        return list_labelled(images, label_roots, uses_instances, kinds["label_map"])
    listing = _Listing(
        label_roots, uses_instances, kinds["label_map"].read, config.data.min_frames
    )
    return itertools.chain.from_iterable(map(listing.runs, cities))


def _no_split(root: Path) -> str:
    """Returns what to say of a source without a folder of sequences to train on."""
    single = not (root / IMAGES).is_dir()
    there = root / (SINGLE_IMAGES if single else IMAGES)
    found = ", ".join(entry.name for entry in source_files.list_folders(there))
    message = (
        f"expected {root / IMAGES}/train/<city>/ or val/ (of "
        f"{IMAGES}_trainvaltest.zip), got {there} with {found or 'no folder'}: "
    )
    if single:
        message += (
            f"{SINGLE_IMAGES} holds single frames; if these follow each other, rename "
            f"it to {IMAGES} and "
        )
    return f"{message}rename its folder of cities to train, in gtFine* too"


@dataclass(frozen=True)
class _Listing:
    """Lists the snippets of cities, as a configuration reads them.

    Attributes:
        label_roots: folders of label maps, of the split.
        uses_instances: whether frames need instance maps.
        read_labels: reads a label map.
        min_frames: least number of frames to train on.
    """

    label_roots: list[Path]
    uses_instances: bool
    read_labels: Callable[[Path], Any]
    min_frames: int

    def runs(self, city: Path) -> Iterator[Sequence | BadClip]:
        """Lists the labelled runs of a city, and snippets that have none."""
        label_roots, uses_instances = self.label_roots, self.uses_instances
        snippets = list(snippets_of(city))
        if not snippets:
            yield BadClip(str(city), city.name, _no_frames(city))
        labels = index_files(label_roots, city.name, LABEL_ENDING)
        instances = index_files(label_roots, city.name, INSTANCE_ENDING)
        said = holes(city, snippets, labels)
        for snippet in snippets:
            labelled = {
                number: FrameFiles(
                    str(image),
                    str(labels[stem]),
                    str(instances[stem]) if uses_instances else None,
                )
                for number, (stem, image) in snippet.frames.items()
                if stem in labels and (stem in instances or not uses_instances)
            }
            yield from self._runs_of(snippet, labelled, said[min(snippet.frames)])

    def _runs_of(
        self,
        snippet: Snippet,
        labelled: dict[int, FrameFiles],
        said: list[tuple[Path, str]],
    ) -> Iterator[Sequence | BadClip]:
        """Lists the runs of consecutive frames of a snippet, short ones too."""
        lonely = ""
        if len(labelled) == 1 < min(len(snippet.frames), self.min_frames):
            lonely = (
                f"one of {len(snippet.frames)} frames has a label map, as in the "
                f"published annotation (the 20th of 30), and training needs "
                f"{self.min_frames} in a row (data.min_frames): write label maps of "
                "all frames, of a segmentation network, to gtFine_sequence/<split>/"
                f"<city>/<frame>{LABEL_ENDING}.png"
            )
        if len(labelled) > 1:
            said = [*said, *unlabelled(snippet, labelled)]
        for run in consecutive(sorted(labelled)):
            frames = tuple(labelled[number] for number in run)
            name = f"{snippet.name}_{run[0]:06d}"
            problems = tuple(
                BadClip(str(path), f"{name}@000000", reason, 0)
                for path, reason in (said if run[0] == min(labelled) else ())
            )
            yield SnippetSequence(
                name,
                str(frames[0].image),
                frames,
                self.read_labels,
                lonely,
                problems=problems,
            )
        if labelled:
            return
        first = min(snippet.frames)
        stem, path = snippet.frames[first]
        yield BadClip(
            str(path),
            f"{snippet.name}_{first:06d}",
            f"none of {len(snippet.frames)} consecutive frames has its label map (and "
            f"instance map, where used): expected files such as {stem}{LABEL_ENDING}"
            f".png in {' or '.join(map(str, self.label_roots))}/{path.parent.name}",
        )


def _no_frames(city: Path) -> str:
    """Returns what to say of a city without a frame that is called as expected."""
    found = [entry for entry in source_files.list_all(city) if entry.is_file()]
    example = f", such as {found[0].name}" if found else ""
    expected = f"{city.name}_000000_000000_leftImg8bit.png"
    message = f"expected frames named as {expected}, got {len(found)} files{example}"
    if any(FRAME.match(path.stem) for path in found):
        return f"{message}: convert them to PNG and keep their names"
    return f"{message}: <city>_<sequence>_<frame>_leftImg8bit.png is what is read"
