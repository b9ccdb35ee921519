"""Doubts about label ids, asked of all clips before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from v2v_tf.tasks.street.label_tables import NUM_TRAIN_IDS, TRAIN_IDS
from v2v_tf.tasks.street.palettes import label_names

if TYPE_CHECKING:
    from v2v_tf.config import Config

_WITH_BICYCLE = 34  # labels, up to the last one that counts


def doubts_of_labels(histogram: Sequence[int], config: Config) -> Iterator[str]:
    """Yields what label ids look like, where they look wrong.

    Args:
        histogram: pixels of each label in all clips; empty where nobody counted.
        config: configuration whose task has the options of label maps.

    Yields:
        A sentence for ids that look like trainIds or places in a palette, under the
        Cityscapes palette; one for a foreground branch without foreground.
    """
    street = config.conditioning.street
    used = [label for label, count in enumerate(histogram) if count]
    if not used:
        return
    named = ", ".join(map(str, used))
    # Fewer labels than Cityscapes has are somebody's own.
    cityscapes = street.palette == "cityscapes" and street.num_labels >= _WITH_BICYCLE
    if cityscapes and used[-1] < NUM_TRAIN_IDS:
        yield (
            f"all label ids are below {NUM_TRAIN_IDS} ({named}), so no frame shows a "
            "car, a person, sky or vegetation by Cityscapes' ids: they look like "
            f"trainIds (--label-map {TRAIN_IDS}), or like places in a picture's own "
            "palette (--label-map FILE with lines r,g,b,id)"
        )
    wanted = street.foreground_labels
    if config.generator.use_foreground and wanted and not set(wanted) & set(used):
        names = label_names(street.palette, street.num_labels)
        missing = ", ".join(f"{label} ({names[label]})" for label in wanted)
        yield (
            f"no frame shows a foreground label, {missing}, and the model has a branch "
            f"for them; there are {named}: map the ids with --label-map, name others "
            "in conditioning.street.foreground_labels, or set "
            "generator.use_foreground=false"
        )
