"""Defines the task `street`: label maps, with or without instance maps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.files import read_ids
from v2v_tf.tasks.labels import Labels
from v2v_tf.tasks.rules import ClipRule, Scalar
from v2v_tf.tasks.statistics import Scalars, ValueCounts
from v2v_tf.tasks.street.config import StreetConfig
from v2v_tf.tasks.street.palettes import label_names, palette_colors
from v2v_tf.tasks.task import Check, FileKind, Task

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.street.conditioning import StreetConditioning

_CITYSCAPES_LABELS = 35


class StreetTask(Task):
    """Conditions on label maps, encoded as one-hot labels and instance edges."""

    name = "street"
    config_class = StreetConfig
    default_preset = "cityscapes_512"
    layouts = ("cityscapes",)
    has_labels = True
    has_style_regions = True
    # Instance maps hold label * 1000 + number for objects, the label for the rest.
    first_instance = 1000
    read_later = frozenset({"foreground_labels", "palette"})
    scalars = (
        Scalar("max_label", int, 0, 255),
        Scalar("label_fractions", float, 0, 1, max_count=256),
    )

    def conditioning(self, config: Config) -> StreetConditioning:
        """See base class."""
        from v2v_tf.tasks.street.conditioning import StreetConditioning

        return StreetConditioning(config.conditioning.street, config.data.resize)

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class: label ids, instance ids where used, frames."""
        labels = FileKind("A", "label_map", read_ids)
        remedy = "add it, or --set conditioning.street.use_instances=false"
        instances = FileKind("inst", "instance_map", read_ids, remedy=remedy)
        used = (instances,) if config.conditioning.street.use_instances else ()
        return (labels, *used, FileKind("B"))

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: labels in the colours of their palette."""
        return self.labels(config).colorize(planes[..., 0])

    def checks(self, config: Config) -> Iterator[Check]:
        """See base class."""
        street = config.conditioning.street
        yield (
            1 <= street.num_labels <= 256,
            "conditioning.street.num_labels must be 1 .. 256 (label maps are 8 bit)",
        )
        yield (
            all(0 <= i < street.num_labels for i in street.foreground_labels)
            or not config.generator.use_foreground,
            "conditioning.street.foreground_labels must be below num_labels",
        )

    def labels(self, config: Config) -> Labels:
        """See base class."""
        street = config.conditioning.street
        return Labels(
            num_labels=street.num_labels,
            palette=street.palette,
            find_names=label_names,
            find_colors=palette_colors,
            foreground=street.foreground_labels,
        )

    def rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: labels below `num_labels`."""
        num_labels = config.conditioning.street.num_labels
        reason = f"a label out of range: conditioning.street.num_labels is {num_labels}"
        return (ClipRule("max_label", reason, below=num_labels),)

    def statistics(self, config: Config) -> LabelStatistics:
        """See base class."""
        return LabelStatistics(config.conditioning.street.num_labels)

    def check_records(self, manifest: Any, config: Config, folder: Path) -> None:
        """See base class: no label of the records is out of range."""
        used = [label for label, n in enumerate(manifest.label_histogram) if n]
        num_labels = config.conditioning.street.num_labels
        if used and used[-1] >= num_labels:
            raise InputError(
                f"{folder} holds label {used[-1]}, the configuration has "
                f"{num_labels} labels: raise conditioning.street.num_labels"
            )

    def from_published(self, options: Any) -> StreetConfig | None:
        """See base class: what has labels is a street."""
        if not options.label_nc:
            return None
        cityscapes = options.label_nc == _CITYSCAPES_LABELS
        return StreetConfig(
            num_labels=options.label_nc,
            use_instances=options.use_instance,
            foreground_labels=options.fg_labels,
            palette="cityscapes" if cityscapes else "generic",
        )


class LabelStatistics(ValueCounts):
    """Measures the largest label of a clip and the share of each."""

    def scalars(self) -> Scalars:
        """See base class."""
        counts = np.array(self.counts())
        present = np.flatnonzero(counts)
        largest = {"max_label": int(present[-1])} if present.size else {}
        fractions = (counts / max(counts.sum(), 1)).tolist()
        return {**largest, "label_fractions": tuple(fractions)}


TASK = StreetTask()
