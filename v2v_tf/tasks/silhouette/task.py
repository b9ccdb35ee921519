"""Defines the task `silhouette`: masks of a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from v2v_tf.tasks.files import read_grey
from v2v_tf.tasks.found_pictures import PictureFormat
from v2v_tf.tasks.plausibility import EMPTY, empty_rule
from v2v_tf.tasks.rules import ClipRule
from v2v_tf.tasks.silhouette.config import FIELD, SilhouetteConfig
from v2v_tf.tasks.silhouette.statistics import MaskStatistics, doubts_of_masks
from v2v_tf.tasks.task import Check, FileKind, Task

if TYPE_CHECKING:
    from v2v_tf.config import Config
    from v2v_tf.tasks.adherence import Adherence
    from v2v_tf.tasks.silhouette.conditioning import SilhouetteConditioning

_COUNTS = ("dark_masks", "full_masks", "masks_looked_at")


class SilhouetteTask(Task):
    """Conditions on one plane, white where the person is."""

    name = "silhouette"
    config_class = SilhouetteConfig
    default_preset = "silhouette_256"
    scalars = (EMPTY,)

    def conditioning(self, config: Config) -> SilhouetteConditioning:
        """See base class."""
        from v2v_tf.tasks.silhouette.conditioning import SilhouetteConditioning

        return SilhouetteConditioning(
            config.conditioning.silhouette, config.data.resize
        )

    def files(self, config: Config) -> tuple[FileKind, ...]:
        """See base class: masks and frames."""
        remedy = "put the masks there, or find them: v2v-tf annotate --task silhouette"
        masks = FileKind(FIELD, FIELD, read_grey, other_folder="A", remedy=remedy)
        return (masks, FileKind("img", other_folder="B"))

    def picture(self, planes: np.ndarray, config: Config) -> np.ndarray:
        """See base class: white on black."""
        return _white(planes[..., 0])

    def checks(self, config: Config) -> Iterator[Check]:
        """See base class."""
        threshold = config.conditioning.silhouette.threshold
        yield (
            1 <= threshold <= 255,
            f"conditioning.silhouette.threshold must be 1 .. 255, got {threshold}",
        )

    def soft_rules(self, config: Config) -> tuple[ClipRule, ...]:
        """See base class: there is somebody."""
        return (empty_rule(f"look at the files of train_{FIELD}"),)

    def statistics(self, config: Config) -> MaskStatistics:
        """See base class."""
        return MaskStatistics(config.conditioning.silhouette.threshold)

    def summarize(self, counts: tuple[int, ...]) -> dict[str, Any]:
        """See base class: what `doubts` asks for."""
        return dict(zip(_COUNTS, counts, strict=True)) if counts else {}

    def doubts(self, statistics: Mapping[str, Any], config: Config) -> Iterator[str]:
        """See base class: masks of ids, and of the background."""
        dark, full, frames = (statistics.get(name, 0) for name in _COUNTS)
        threshold = config.conditioning.silhouette.threshold
        yield from doubts_of_masks(dark, full, frames, threshold)

    def found_pictures(self, config: Config) -> PictureFormat:
        """See base class: masks of 0 and 255."""
        return PictureFormat(FIELD, _white, smoothing=3, can_smooth=True)

    def adherence(self, config: Config) -> Adherence:
        """See base class."""
        from v2v_tf.tasks.picture_adherence import masks_adherence

        threshold = config.conditioning.silhouette.threshold
        names = ("silhouette_iou", "Silhouette IoU", "silhouettes")
        return masks_adherence(*names, threshold)


def _white(mask: np.ndarray) -> np.ndarray:
    """Returns grey levels as colours, uint8 [..., 3]."""
    return np.repeat(mask[..., np.newaxis], 3, axis=-1)


TASK = SilhouetteTask()
