"""Defines the task `street`: label maps, with or without instance maps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.errors import InputError
from v2v_tf.tasks.files import read_ids
from v2v_tf.tasks.labels import Labels
from v2v_tf.tasks.rules import ClipRule, Scalar
from v2v_tf.tasks.statistics import Scalars, ValueCounts
from v2v_tf.tasks.street.config import StreetConfig
from v2v_tf.tasks.street.doubts import doubts_of_labels
from v2v_tf.tasks.street.label_tables import LabelReader, find_table, problem
from v2v_tf.tasks.street.own_palettes import doubt_of_palette
from v2v_tf.tasks.street.palettes import label_names, palette_colors
from v2v_tf.tasks.task import Check, FileKind, Task

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.found_pictures import PictureFormat
    from v2v_tf.tasks.street.conditioning import StreetConditioning

_CITYSCAPES_LABELS = 35
MAX_ID = 65_535  # of label maps of 16 bits


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
        table = config.conditioning.street.label_map
        # Whoever gives a table has looked at the ids.
        doubt = None if table else doubt_of_palette
        labels = FileKind("A", "label_map", LabelReader(table), doubt=doubt)
        remedy = (
            "add it, or use a model that was prepared and trained with "
            "conditioning.street.use_instances=false"
        )
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
            street.ignore_label <= MAX_ID,
            f"conditioning.street.ignore_label must be {MAX_ID} or less",
        )
        yield (
            street.ignore_label < 0 or street.num_labels <= 255,
            "conditioning.street.num_labels must be 255 or less with an ignore_label, "
            "which takes one of the 256 ids",
        )
        wrong = problem(street.label_map, street.num_labels, street.ignore_label)
        yield (wrong is None, f"conditioning.street.label_map: {wrong}")
        yield (
            all(0 <= i < street.num_labels for i in street.foreground_labels)
            or not config.generator.use_foreground,
            "conditioning.street.foreground_labels must be below num_labels",
        )

    def with_label_map(self, config: Config, label_map: str) -> Config:
        """See base class."""
        return self._with(config, label_map=find_table(label_map))

    def labels(self, config: Config) -> Labels:
        """See base class."""
        street = config.conditioning.street
        return Labels(
            num_labels=street.num_labels,
            palette=street.palette,
            find_names=label_names,
            find_colors=palette_colors,
            foreground=street.foreground_labels,
            ignored=street.num_labels if street.ignore_label >= 0 else None,
        )

    def found_pictures(self, config: Config) -> PictureFormat:
        """See base class: labels, and instances where they are used."""
        from v2v_tf.tasks.street.found_maps import label_format

        return label_format(config, self.labels(config))

    def rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: labels below `num_labels`."""
        num_labels = config.conditioning.street.num_labels
        reason = f"a label out of range: conditioning.street.num_labels is {num_labels}"
        return (ClipRule("max_label", reason, below=num_labels),)

    def statistics(self, config: Config) -> LabelStatistics:
        """See base class."""
        street = config.conditioning.street
        return LabelStatistics(street.num_labels, ignores=street.ignore_label >= 0)

    def doubts(self, statistics: Mapping[str, Any], config: Config) -> Iterator[str]:
        """See base class: ids that look like others, and no foreground at all."""
        return doubts_of_labels(statistics.get("label_histogram", ()), config)

    def resolve(self, config: Config, manifest: Any) -> Config:
        """See base class: what the records say of the ids of their source.

        A run reads other sources by it, as its records were made.
        """
        street = config.conditioning.street
        changes: dict[str, Any] = {}
        if not street.label_map:
            rows = _prepared_with(manifest, "label_map", ())
            changes["label_map"] = tuple(tuple(row) for row in rows)
        if street.ignore_label < 0:
            changes["ignore_label"] = _prepared_with(manifest, "ignore_label", -1)
        return self._with(config, **changes)

    def check_records(self, manifest: Any, config: Config, folder: Path) -> None:
        """See base class: no label of the records is out of range."""
        used = [label for label, n in enumerate(manifest.label_histogram) if n]
        num_labels = config.conditioning.street.num_labels
        if used and used[-1] >= num_labels:
            raise InputError(
                f"{folder} holds label {used[-1]}, the configuration has "
                f"{num_labels} labels: raise conditioning.street.num_labels"
            )
        ignored = _prepared_with(manifest, "ignore_label", -1)
        prepared = _prepared_with(manifest, "num_labels", num_labels)
        if ignored < 0:
            return
        if config.conditioning.street.ignore_label < 0 or prepared != num_labels:
            raise InputError(
                f"{folder} holds pixels without a label, as id {prepared}: set "
                f"conditioning.street.ignore_label={ignored} and num_labels="
                f"{prepared}, as it was prepared"
            )

    def _with(self, config: Config, **changes: Any) -> Config:
        """Returns a configuration with other options, checked."""
        street = dataclasses.replace(config.conditioning.street, **changes)
        blocks = config.conditioning.replace(street=street)
        changed = dataclasses.replace(config, conditioning=blocks)
        for holds, message in self.checks(changed):
            if not holds:
                raise InputError(message)
        return changed

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
    """Measures the largest label of a clip and the share of each.

    Args:
        num_labels: L.
        ignores: whether planes may hold L, for pixels without a label.
    """

    def __init__(self, num_labels: int, ignores: bool = False) -> None:
        super().__init__(num_labels + int(ignores))
        self._num_labels = num_labels

    def counts(self) -> tuple[int, ...]:
        """See base class: of pixels with a label."""
        return super().counts()[: self._num_labels]

    def scalars(self) -> Scalars:
        """See base class."""
        counts = np.array(self.counts())
        present = np.flatnonzero(counts)
        largest = {"max_label": int(present[-1])} if present.size else {}
        fractions = (counts / max(counts.sum(), 1)).tolist()
        return {**largest, "label_fractions": tuple(fractions)}


def _prepared_with(manifest: Any, option: str, default: Any) -> Any:
    """Returns an option that records were prepared with."""
    return manifest.config.get("conditioning", {}).get(option, default)


TASK = StreetTask()
