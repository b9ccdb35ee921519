"""Defines what a task offers: one home for all that is known of a kind of condition.

A task is light: nothing here imports TensorFlow until `conditioning` is asked for, so
that the command line starts at once. Drawing and encoding are `Conditioning`, in
`tasks/base.py`.
"""

from __future__ import annotations

import abc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.files import IMAGE_SUFFIXES, read_rgb
from v2v_tf.tasks.labels import Labels
from v2v_tf.tasks.rules import ClipRule, Scalar
from v2v_tf.tasks.statistics import ClipStatistics

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.adherence import Adherence
    from v2v_tf.tasks.base import Conditioning
    from v2v_tf.tasks.found_pictures import PictureFormat
    from v2v_tf.tasks.points import PointFormat

# A condition of a configuration, and what to say where it does not hold.
Check = tuple[bool, str]


@dataclass(frozen=True)
class FileKind:
    """Describes one folder of a task's source layout, `train_<folder>/<sequence>`.

    Attributes:
        folder: name of the folder without the phase (`train_`, `test_`).
        field: name of the value in a `RawFrame`; `image` is the frame itself.
        read: function from a file's path to that value.
        suffixes: endings of its files, in lower case.
        other_folder: another name of the folder, taken where it is there.
        remedy: advice where the folder is missing, for messages.
        doubt: function from the path of a sequence's first file to what is odd about
            it, though it can be read; None for nothing.

    Example:
        ```python
        >>> from v2v_tf.config import TASKS, load_config
        >>> edges = load_config(None, ("task=edges",))
        >>> [kind.folder for kind in TASKS.get("edges").files(edges)]
        ['img']
        ```
    """

    folder: str
    field: str = "image"
    read: Callable[[Path], Any] = read_rgb
    suffixes: frozenset[str] = IMAGE_SUFFIXES
    other_folder: str | None = None
    remedy: str = "add it"
    doubt: Callable[[Path], str | None] | None = None


class Task(abc.ABC):
    """Describes a kind of condition: everything that is known of it.

    Attributes:
        name: name of the task in `Config.task`.
        config_class: a frozen dataclass, the block `conditioning.<name>`.
        default_preset: preset that `v2v-tf prepare --task <name>` takes.
        plane_counts: the least and the largest number of planes of a condition.
        draws_from_frames: whether conditions are drawn from the frames alone, so that
            any video is a source; `takes_videos` may depend on options.
        layouts: names of further source layouts that it reads, see `data/sources`.
        mirrored: whether a mirrored clip shows what a clip could show.
        central_half: whether published models read the central half of the width.
        has_labels: whether plane 0 is a label map, and `labels` says of what.
        finds_faces: whether `Conditioning.face_boxes` finds faces in the planes.
        has_style_regions: whether `Conditioning.style_regions` tells regions apart.
        first_instance: the lowest id of `instances` that stands for one object.
        read_later: options that count when records are read, not when written.
        scalars: features of records that describe a clip to data validation.

    Example:
        ```python
        >>> from v2v_tf.config import TASKS, load_config
        >>> street = TASKS.get("street")
        >>> street.has_labels, [kind.folder for kind in street.files(load_config(None))]
        (True, ['A', 'inst', 'B'])
        ```
    """

    name: ClassVar[str]
    config_class: ClassVar[type]
    default_preset: ClassVar[str]
    plane_counts: ClassVar[tuple[int, int]] = (1, 1)
    draws_from_frames: ClassVar[bool] = False
    layouts: ClassVar[tuple[str, ...]] = ()
    mirrored: ClassVar[bool] = True
    central_half: ClassVar[bool] = False
    has_labels: ClassVar[bool] = False
    finds_faces: ClassVar[bool] = False
    has_style_regions: ClassVar[bool] = False
    first_instance: ClassVar[int] = 1
    read_later: ClassVar[frozenset[str]] = frozenset()
    scalars: ClassVar[tuple[Scalar, ...]] = ()

    @abc.abstractmethod
    def conditioning(self, config: Config) -> Conditioning:
        """Returns what plans, draws and encodes conditions; imports TensorFlow.

        Raises:
            InputError: options that cannot be.
        """

    @abc.abstractmethod
    def files(self, config: Config) -> tuple[FileKind, ...]:
        """Returns the folders of its source layout; the first names the sequences."""

    @abc.abstractmethod
    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """Paints condition planes for the eye.

        Args:
            planes: [T, H, W, P], as clip records hold them.
            config: configuration with this task.

        Returns:
            uint8 [T, H, W, 3], RGB.
        """

    def checks(self, config: Config) -> Iterator[Check]:
        """Yields what its options must hold, each with what to say where not."""
        yield from ()

    def takes_videos(self, config: Config) -> bool:
        """Returns whether any video is a source: frames say all, see the attribute."""
        return self.draws_from_frames

    def with_label_map(self, config: Config, label_map: str) -> Config:
        """Returns a configuration that reads label maps by another table.

        Args:
            config: configuration with this task.
            label_map: `cityscapes-train-ids`, `cityscapes-colors`, `none`, or the path
                of a file, as `--label-map` takes it.

        Raises:
            InputError: a task without label maps, or a table that cannot be.
        """
        raise InputError(
            f"--label-map {label_map}: task {self.name} reads no label maps: leave it "
            "out"
        )

    def labels(self, config: Config) -> Labels | None:
        """Returns the labels of its planes; None for a task without label maps."""
        return None

    def rules(self, config: Config) -> tuple[ClipRule, ...]:
        """Returns what clips must be like to be trained on, besides those of all."""
        return ()

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """Returns what clips should be like; others are noted, and trained on."""
        return ()

    def statistics(self, config: Config) -> ClipStatistics:
        """Returns what gathers the scalars of one clip, frame by frame."""
        return ClipStatistics()

    def summarize(self, counts: tuple[int, ...]) -> dict[str, Any]:
        """Returns what `prepare` keeps of its counts, for `resolve` and `doubts`.

        Args:
            counts: sums over the training clips of `ClipStatistics.counts`; empty where
                there are none.

        Returns:
            What JSON can hold, by name: `statistics` of the manifest.
        """
        return {}

    def doubts(self, statistics: Mapping[str, Any], config: Config) -> Iterator[str]:
        """Yields what training would likely suffer from, though every clip is fit.

        `prepare` asks once, when all clips are written, and prints what comes.

        Args:
            statistics: what was gathered of the clips, by name: all that `summarize`
                returned, and of tasks with labels `label_histogram`, pixels of each
                label in all clips.
            config: configuration with this task.

        Yields:
            What was seen, what it probably means and what to do, a sentence each.
        """
        yield from ()

    def resolve(self, config: Config, manifest: Any) -> Config:
        """Returns a configuration in which options that ask for numbers have them.

        Training asks once, and all that comes after reads its run's configuration.

        Args:
            config: configuration with this task.
            manifest: a `data.records.manifest.Manifest`, of the training clips.

        Raises:
            InputError: the records do not say them, or they cannot be used.
        """
        del manifest
        return config

    def check_records(self, manifest: Any, config: Config, folder: Path) -> None:
        """Raises InputError for records that do not fit the options.

        Args:
            manifest: a `data.records.manifest.Manifest`.
            config: configuration with this task.
            folder: folder of the records, for messages.
        """
        del manifest, config, folder

    def points(self) -> PointFormat | None:
        """Returns how its points are read and fitted; None where it has no points."""
        return None

    def found_pictures(self, config: Config) -> PictureFormat | None:
        """Returns how pictures that a detector finds are stored; None for none."""
        return None

    def adherence(self, config: Config) -> Adherence | None:
        """Returns how generated frames are held to conditions; None for not at all."""
        return None

    def from_published(self, options: Any) -> Any | None:
        """Returns its options for a published checkpoint, None for another task's.

        Args:
            options: a `published.nvidia_options.NvidiaOptions`.
        """
        return None
