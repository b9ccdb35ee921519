"""Edits label maps before synthesis, such as buildings to trees.

The video model is not changed, it draws what the labels say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from v2v_tf.config import Config
from v2v_tf.config.plugins import did_you_mean
from v2v_tf.errors import InputError
from v2v_tf.tasks.registry import labels_of

# Ids of instances begin here; below, an id is the label itself (Cityscapes).
_FIRST_INSTANCE = 1000


@dataclass(frozen=True)
class LabelEdit:
    """Says which labels become which, and where.

    Attributes:
        swaps: (from, to) label ids; all at once, so that two may change places.
        instances: ids of the instances that are edited; empty for everything.
        frames: first and last but one frame that is edited; None for all.
        region: (x0, y0, x1, y1), pixels of the label map; None for all of it.
    """

    swaps: tuple[tuple[int, int], ...]
    instances: tuple[int, ...] = ()
    frames: tuple[int, int] | None = None
    region: tuple[int, int, int, int] | None = None

    def apply(
        self, labels: np.ndarray, instances: np.ndarray | None, index: int
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Returns the label map and the instance map of a frame, edited.

        Where an instance id is the label itself it follows; other instances keep their
        ids, so that they stay the same in every frame.

        Args:
            labels: integers [H, W].
            instances: integers [H, W], or None.
            index: position of the frame in its sequence, from 0.

        Raises:
            InputError: an instance is asked for, and there are none.
        """
        if self.frames is not None and not self.frames[0] <= index < self.frames[1]:
            return labels, instances
        chosen = self._chosen(labels.shape, instances)
        edited = labels.copy()
        ids = None if instances is None else instances.copy()
        for old, new in self.swaps:
            changed = chosen & (labels == old)
            edited[changed] = new
            if ids is not None and instances is not None:
                ids[changed & (instances < _FIRST_INSTANCE)] = new
        return edited, ids

    def _chosen(
        self, shape: tuple[int, ...], instances: np.ndarray | None
    ) -> np.ndarray:
        chosen = np.ones(shape, bool)
        if self.region is not None:
            x0, y0, x1, y1 = self.region
            chosen[:] = False
            chosen[y0:y1, x0:x1] = True
        if self.instances:
            if instances is None:
                raise InputError(
                    "an instance is to be edited, and the source has no instance maps: "
                    "leave --instance out, or name a --region"
                )
            chosen &= np.isin(instances, self.instances)
        return chosen


def parse_swaps(texts: Sequence[str], config: Config) -> tuple[tuple[int, int], ...]:
    """Returns (from, to) label ids.

    Args:
        texts: `building=vegetation`, or numbers.
        config: configuration whose palette has the names of the labels.

    Raises:
        InputError: an unknown label, with the nearest one, or no `=`.
    """
    labels = labels_of(config)
    if labels is None:
        raise InputError(f"labels are edited, and task {config.task} has none")
    names = labels.names
    swaps = []
    for text in texts:
        old, separator, new = text.partition("=")
        if not separator:
            raise InputError(f"--swap {text}: expected FROM=TO, two labels")
        swaps.append((_label(old.strip(), names), _label(new.strip(), names)))
    sources = [old for old, _ in swaps]
    if len(set(sources)) < len(sources):
        raise InputError("--swap: a label can become one other, not two")
    return tuple(swaps)


def _label(text: str, names: Sequence[str]) -> int:
    if text in names:
        return names.index(text)
    if text.isdigit() and int(text) < len(names):
        return int(text)
    raise InputError(
        f"--swap: no label '{text}'{did_you_mean(text, names)}; labels: "
        f"{', '.join(dict.fromkeys(names))}"
    )
